"""The tests' settings, for a shop that has nothing beside the payment itself; its database waits for the disk."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DEBUG = False
ROOT_URLCONF = "benchmarks.shop.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django_iamport",
    "benchmarks.shop",
]
DATABASES["default"]["OPTIONS"] = {}
IAMPORT_TRANSACTION_MODEL = "shop.OrderTransaction"
for name in ("IAMPORT_API_URL", "IAMPORT_KEY", "IAMPORT_SECRET"):
    if name in os.environ:
        globals()[name] = os.environ[name]
