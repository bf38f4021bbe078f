"""Settings of the test suite; IAMPORT_TEST_DATABASE_* choose another database than SQLite."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent

SECRET_KEY = "tests"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_iamport",
    "django_iamport.contrib.billing",
    "django_iamport.contrib.escrow",
    "django_iamport.contrib.identity_verification",
    "django_iamport.contrib.subscriptions",
    "django_iamport.contrib.cash_receipts",
    "django_iamport.sandbox",
    "tests.shop",
    "tests.studio",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

_ENGINE = os.environ.get("IAMPORT_TEST_DATABASE_ENGINE", "sqlite3")
_OPTIONS = {
    "sqlite3": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    # No test pulls the server's plug: a commit need not wait for the disk.
    "postgresql": {"options": "-c synchronous_commit=off"},
    "mysql": {},
}
DATABASES = {
    "default": {
        "ENGINE": f"django.db.backends.{_ENGINE}",
        "NAME": ":memory:" if _ENGINE == "sqlite3" else os.environ["IAMPORT_TEST_DATABASE_NAME"],
        "USER": os.environ.get("IAMPORT_TEST_DATABASE_USER", ""),
        "PASSWORD": os.environ.get("IAMPORT_TEST_DATABASE_PASSWORD", ""),
        "HOST": os.environ.get("IAMPORT_TEST_DATABASE_HOST", ""),
        "PORT": os.environ.get("IAMPORT_TEST_DATABASE_PORT", ""),
        "OPTIONS": _OPTIONS[_ENGINE],
    }
}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

IAMPORT_ESCROW_SENDER = {"name": "Tea shop", "tel": "02-1", "postcode": "04524", "addr": "1 Sejong-daero"}
IAMPORT_KEY = "test-key"
IAMPORT_SECRET = "test-secret"
IAMPORT_MERCHANT_CODE = "imp00000000"
IAMPORT_SITE_URL = "http://testserver"
IAMPORT_MERCHANT_UID_PREFIX = "test"
IAMPORT_TRANSACTION_MODEL = "shop.OrderTransaction"
IAMPORT_CACHE = "default"
