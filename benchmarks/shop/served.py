"""The tests' settings with all apps of theirs, for processes that serve: a cache that they share, DEBUG off."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DEBUG = False
DATABASES["default"] |= {"OPTIONS": {}, "CONN_MAX_AGE": 60}
redis = os.environ.get("IAMPORT_BENCHMARK_REDIS")
CACHES = {
    "default": {
        "BACKEND": f"django.core.cache.backends.{'redis.RedisCache' if redis else 'db.DatabaseCache'}",
        "LOCATION": redis or "benchmark_cache",
        # Without it the database's cache throws away what counts requests, and the token, at 300 entries.
        **({} if redis else {"OPTIONS": {"MAX_ENTRIES": 1_000_000}}),
    }
}
# All browsers of a benchmark have one address.
IAMPORT_ADDRESS_BUDGET = None
for name in ("IAMPORT_API_URL", "IAMPORT_KEY", "IAMPORT_SECRET"):
    if name in os.environ:
        globals()[name] = os.environ[name]
