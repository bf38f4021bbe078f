"""How often visitors make us ask the gateway: counted in the cache, for each attempt, order and address.

A count begins with the first question and ends after its seconds. Nothing that names a visitor is a key.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from django.core.cache import caches
from django.utils import timezone
from django.utils.crypto import salted_hmac

from django_iamport import conf
from django_iamport.exceptions import TooManyRequests
from django_iamport.signals.monitoring import log

ATTEMPT, ORDER, ADDRESS = "IAMPORT_ATTEMPT_BUDGET", "IAMPORT_ORDER_BUDGET", "IAMPORT_ADDRESS_BUDGET"


class Spent(NamedTuple):
    """How much of a budget is used up, and the seconds until it begins anew."""

    times: int
    ends_in: int


def take(setting: str, whose: object) -> None:
    """Take one question of a setting's budget; raises `TooManyRequests` where none is left.

    A cache that can't count stops no purchase.
    """
    spent, budget = spend(setting, whose), conf.get(setting)
    if spent is not None and spent.times > budget[0]:
        raise TooManyRequests(f"{setting} is used up.", retry_after=spent.ends_in)


def spend(setting: str, whose: object) -> Spent | None:
    """The same without an error: for a question that was asked already."""
    budget = conf.get(setting)
    return None if budget is None else count(setting, whose, budget[1])


def count(name: str, whose: object, seconds: int, *, add: int = 1) -> Spent | None:
    """Count something of somebody's; `add` 0 only reads. None where the cache can't count."""
    # Keyed: an address is personal, and a cache is read by others.
    of = salted_hmac("django_iamport.budgets", f"{name} {whose}", algorithm="sha256").hexdigest()[:32]
    now, key = timezone.now().timestamp(), f"iamport-budget-{of}"
    cache = caches[conf.get("IAMPORT_CACHE")]
    try:
        began = float(cache.get_or_set(key, now, seconds) or 0)
        if not 0 <= now - began < seconds:
            began = now
            cache.set(key, began, seconds)
        # The moment is part of the key: some caches forget, as they count, when a key was to end.
        counter = f"{key}-{began}"
        cache.add(counter, 0, seconds)
        times = cache.incr(counter, add) if add else cache.get(counter, 0)
        return Spent(int(times), max(1, math.ceil(began + seconds - now)))
    except Exception as error:  # noqa: BLE001 - a cache's driver raises what it likes
        log("budget_not_counted", kind=type(error).__name__)
        return None
