"""What a budget counts: each one's own, from the first question on, and nothing where the cache can't count."""

import pytest
from django.core.cache import cache

from django_iamport.exceptions import TooManyRequests
from django_iamport.gateway import budgets


@pytest.fixture(autouse=True)
def _three_a_minute(settings):
    settings.IAMPORT_ORDER_BUDGET = (3, 60)


def take(whose="shop.order:1", times=1):
    for _ in range(times):
        budgets.take(budgets.ORDER, whose)


def test_over_it_is_said_when_to_come_again(clock):
    take(times=3)
    clock(seconds=18.5)
    with pytest.raises(TooManyRequests) as refused:
        take()
    assert refused.value.retry_after == 42
    clock(seconds=41)
    with pytest.raises(TooManyRequests):
        take()
    clock(seconds=1)
    take(times=3)


def test_who_goes_on_asking_waits_no_longer_for_it(clock):
    for _ in range(59):
        with pytest.raises(TooManyRequests):
            take(times=4)
        clock(seconds=1)
    clock(seconds=1)
    take(times=3)


def test_each_one_has_his_own(clock):
    take(times=3)
    take("shop.order:2", times=3)
    budgets.take(budgets.ATTEMPT, "shop.order:1")


def test_none_is_no_limit(settings):
    settings.IAMPORT_ORDER_BUDGET = None
    take(times=100)


def test_what_was_asked_already_is_counted_and_refused_to_nobody():
    for _ in range(5):
        budgets.spend(budgets.ORDER, "shop.order:1")
    with pytest.raises(TooManyRequests):
        take()


def test_reading_a_count_changes_nothing():
    assert budgets.count("word", "x", 60, add=0) == (0, 60)
    budgets.count("word", "x", 60)
    assert [budgets.count("word", "x", 60, add=0).times for _ in range(3)] == [1, 1, 1]


def test_no_key_of_the_cache_names_anybody():
    budgets.take(budgets.ADDRESS, "121.78.0.1")
    assert cache._cache.keys()
    assert not [key for key in cache._cache if "121.78" in key]


class Broken:
    def __getattr__(self, name):
        raise ConnectionError


@pytest.mark.parametrize("fault", ["down", "counts_nothing"])
def test_a_cache_that_cant_count_stops_no_purchase(settings, monkeypatch, caplog, fault):
    if fault == "down":
        monkeypatch.setattr(budgets, "caches", {"default": Broken()})
    else:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    take(times=10)
    assert "the cache that counts requests failed" in caplog.text


def test_a_clock_that_was_set_back_ends_it(clock):
    take(times=3)
    clock(days=-1)
    take(times=3)


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "filebased.FileBasedCache", "db.DatabaseCache"])
def test_it_counts_in_whichever_cache(settings, tmp_path, db, backend):
    from django.core.management import call_command

    settings.CACHES = {
        "default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "iamport_cache"}
    }
    if backend.startswith("file"):
        settings.CACHES["default"]["LOCATION"] = str(tmp_path)
        settings.CACHES = dict(settings.CACHES)
    if backend.startswith("db"):
        call_command("createcachetable")
    take(times=3)
    with pytest.raises(TooManyRequests):
        take()
