"""What memory finds is what walking over all rows would find, and no operation walks."""

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.payments.lookups import Lookup
from django_iamport.sandbox.state.shelves import FEW, MOMENTS
from django_iamport.sandbox.state.stores import MemoryStore, Row, Span

STATUSES = ("ready", "paid", "failed")


def walked(
    rows: dict[str, Row], sort: str, within: Span | None, filters: dict[str, str | list[str]]
) -> list[Row]:
    """The same, by looking at every row; `rows` are in the order in which they were first written."""
    found = [
        row
        for row in rows.values()
        if all(
            row.get(name) in ([value] if isinstance(value, str) else value) for name, value in filters.items()
        )
        and (within is None or within.start <= row[within.name] <= within.end)
    ]
    if sort.startswith("-"):
        found.reverse()
    name = sort.removeprefix("-")
    return sorted(found, key=lambda row: row[name], reverse=sort.startswith("-"))


@pytest.mark.parametrize("seed", range(5))
def test_memory_finds_what_walking_would_find(seed: int) -> None:
    chance, store, rows = random.Random(seed), MemoryStore(), {}
    for _ in range(4 * FEW):
        key = f"k{chance.randrange(2 * FEW)}"
        if chance.random() < 0.1:
            store.delete("payment", key)
            rows.pop(key, None)
            continue
        moments = {name: chance.randrange(20) for name in MOMENTS}
        row = {"imp_uid": key, "merchant_uid": f"m{chance.randrange(9)}", "status": chance.choice(STATUSES)}
        store.put("payment", key, row | moments)
        rows[key] = row | moments
    for _ in range(200):
        sort = chance.choice(("", "-")) + chance.choice(MOMENTS)
        within = Span(chance.choice(MOMENTS), 3, chance.randrange(3, 20)) if chance.random() < 0.7 else None
        filters: dict[str, Any] = {}
        if chance.random() < 0.6:
            filters["status"] = chance.choice([*STATUSES, "lost", ["paid", "ready"], []])
        if chance.random() < 0.3:
            filters["merchant_uid"] = chance.choice(["m1", ["m1", "m2"], "none"])
        expected = walked(rows, sort, within, filters)
        assert store.find("payment", sort, within=within, **filters) == expected
        assert store.find("payment", sort, 2, 5, within, **filters) == expected[2:7]
        assert store.count("payment", within, **filters) == len(expected)


def test_what_is_undone_is_found_as_before() -> None:
    store = MemoryStore()
    row = {"imp_uid": "a", "status": "paid", "started_at": 5}
    store.put("payment", "a", row)

    def change_halfway() -> None:
        with store.exclusive():
            store.put("payment", "a", {**row, "status": "cancelled", "started_at": 9})
            store.delete("payment", "a")
            store.put("payment", "b", {**row, "imp_uid": "b"})
            store.clear()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_halfway()
    assert store.find("payment", within=Span("started_at", 5, 5), status="paid") == [row]
    assert (store.count("payment"), store.count("payment", status="cancelled")) == (1, 0)


def test_an_inner_change_is_undone_alone() -> None:
    store = MemoryStore()

    def change_halfway() -> None:
        with store.exclusive():
            store.put("payment", "b", {"imp_uid": "b"})
            raise RuntimeError

    with store.exclusive():
        store.put("payment", "a", {"imp_uid": "a"})
        with pytest.raises(RuntimeError):
            change_halfway()
    assert [row["imp_uid"] for row in store.find("payment")] == ["a"]


def pay(account: Account) -> str:
    params = {"merchant_uid": f"m{account.store.count('payment')}", "amount": 100}
    imp_uid = str(account.open_window(params)["imp_uid"])
    account.approve(imp_uid)
    return imp_uid


def calls_of(operation: Callable[[], object]) -> int:
    """How many functions it calls: what it costs, however busy the machine is."""
    called = 0

    def hear(frame: object, event: str, argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(hear)
    try:
        operation()
    finally:
        sys.setprofile(None)
    return called


def test_no_operation_costs_more_where_there_are_many_payments(account: Account) -> None:
    now = account.clock.unix()
    paid = [pay(account) for _ in range(100)]
    operations: dict[str, Callable[[], object]] = {
        "pay": lambda: pay(account),
        "payment": lambda: account.payment(paid[0]),
        "find_first": lambda: account.find_first("m5"),
        "page": lambda: account.page(Lookup(status="paid", window=(now - 60, now + 60)), 0, 20),
        "page of all": lambda: account.page(Lookup(window=(now - 60, now + 60)), 0, 20),
        "cancel": lambda: account.cancel_in_console(paid.pop()),
        "webhooks of one": lambda: account.webhooks(paid[0]),
    }
    few = {name: calls_of(operation) for name, operation in operations.items()}
    for _ in range(10 * FEW):
        pay(account)
    many = {name: calls_of(operation) for name, operation in operations.items()}
    assert {name: many[name] for name in many if many[name] > 1.1 * few[name] + 20} == {}
