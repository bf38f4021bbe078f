"""The client as Django's settings and cache make it, and its connections."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.views.decorators.debug import sensitive_variables

from django_iamport import client as api
from django_iamport import conf
from django_iamport.client import time_limit
from django_iamport.signals import monitoring

if TYPE_CHECKING:
    import requests

__all__ = ["SharedCache", "client", "session", "time_limit"]


class SharedCache:
    """Django's cache of an alias, resolved at each use: its connections belong to a thread."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def get(self, key: str) -> Any:
        return caches[self.alias].get(key)

    def set(self, key: str, value: object, timeout: float | None) -> None:
        caches[self.alias].set(key, value, timeout)

    def add(self, key: str, value: object, timeout: float | None) -> bool:
        return bool(caches[self.alias].add(key, value, timeout))


@lru_cache(maxsize=1)
def session() -> requests.Session:
    """The process's one pool of kept-alive connections."""
    return api.new_session()


def client() -> api.Client:
    """The client for the settings as they are now.

    Raises `ImproperlyConfigured` where `IAMPORT_KEY` or `IAMPORT_SECRET` is missing.
    """
    timeout = conf.get("IAMPORT_TIMEOUT") or conf.DEFAULTS["IAMPORT_TIMEOUT"]
    return _client(
        conf.get("IAMPORT_KEY"),
        conf.get("IAMPORT_SECRET"),
        conf.get("IAMPORT_API_URL"),
        tuple(timeout) if isinstance(timeout, (list, tuple)) else (timeout, timeout),
        conf.get("IAMPORT_CACHE"),
        conf.get("IAMPORT_TIER_CODE"),
        monitoring.is_measured(),
    )


@lru_cache(maxsize=8)
@sensitive_variables()
def _client(
    key: str,
    secret: str,
    base_url: str,
    timeout: tuple[float, float],
    alias: str,
    tier: str | None,
    is_measured: bool,
) -> api.Client:
    return api.Client(
        key,
        secret,
        base_url=base_url,
        timeout=timeout,
        session=session(),
        cache=SharedCache(alias),
        tier=tier,
        observe=monitoring.measure_call if is_measured else None,
    )
