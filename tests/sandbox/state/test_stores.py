from typing import Any

import pytest

from django_iamport.sandbox.state.stores import Span, Store

pytestmark = pytest.mark.database


def row(**fields: Any) -> dict[str, Any]:
    return {
        "imp_uid": "imp_1",
        "merchant_uid": "m",
        "status": "ready",
        "started_at": 1,
        "paid_at": 0,
    } | fields


def test_a_row_comes_back_as_it_was_put(store: Store) -> None:
    store.put("payment", "imp_1", row(cancel_history=[{"amount": "10.50"}], name="양말"))
    assert store.get("payment", "imp_1") == row(cancel_history=[{"amount": "10.50"}], name="양말")
    assert store.get("payment", "imp_2") is None
    assert store.get("webhook", "imp_1") is None


def test_a_row_that_was_read_is_a_copy(store: Store) -> None:
    store.put("payment", "imp_1", row(cancel_history=[]))
    read = store.get("payment", "imp_1")
    assert read is not None
    read["cancel_history"].append("changed")
    assert store.get("payment", "imp_1") == row(cancel_history=[])


def test_a_row_is_replaced_and_deleted(store: Store) -> None:
    store.put("payment", "imp_1", row())
    store.put("payment", "imp_1", row(status="paid"))
    assert store.find("payment", status="ready") == []
    assert store.count("payment", status="paid") == 1
    store.delete("payment", "imp_1")
    store.delete("payment", "imp_1")
    assert store.count("payment") == 0


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("started_at", ["a", "b", "c", "d"]),
        ("-started_at", ["d", "c", "b", "a"]),
        ("paid_at", ["a", "d", "c", "b"]),
        ("-paid_at", ["b", "c", "d", "a"]),
    ],
)
def test_rows_are_sorted_and_those_of_one_moment_stay_in_order(
    store: Store, sort: str, expected: list[str]
) -> None:
    for key, started_at, paid_at in [("a", 1, 0), ("b", 2, 9), ("c", 2, 5), ("d", 2, 0)]:
        store.put("payment", key, row(imp_uid=key, started_at=started_at, paid_at=paid_at))
    store.put("payment", "a", row(imp_uid="a", started_at=1, paid_at=0, name="rewritten"))
    assert [found["imp_uid"] for found in store.find("payment", sort)] == expected
    assert [found["imp_uid"] for found in store.find("payment", sort, 1, 2)] == expected[1:3]


def test_rows_are_found_by_several_names(store: Store) -> None:
    store.put("payment", "a", row(imp_uid="a", status="paid"))
    store.put("payment", "b", row(imp_uid="b"))
    store.put("payment", "c", row(imp_uid="c", merchant_uid="other", status="paid"))
    assert [found["imp_uid"] for found in store.find("payment", merchant_uid="m", status="paid")] == ["a"]


def test_one_of_several_values_is_found(store: Store) -> None:
    for key in "abc":
        store.put("payment", key, row(imp_uid=key, merchant_uid=f"m-{key}"))
    wanted = ["m-a", "m-c", "m-unknown"]
    found = store.find("payment", "started_at", merchant_uid=wanted)
    assert [each["imp_uid"] for each in found] == ["a", "c"]
    assert store.count("payment", merchant_uid=wanted) == 2


def test_a_span_holds_both_its_ends(store: Store) -> None:
    for moment in range(1, 6):
        store.put("payment", str(moment), row(imp_uid=str(moment), status_at=moment))
    store.put("payment", "other", row(imp_uid="other", status="paid", status_at=3))
    span = Span("status_at", 2, 4)
    assert [each["imp_uid"] for each in store.find("payment", within=span, status="ready")] == ["4", "3", "2"]
    assert store.count("payment", within=span) == 4


def test_an_exclusive_change_is_all_or_nothing(store: Store) -> None:
    store.put("payment", "a", row(imp_uid="a"))

    def change_halfway() -> None:
        with store.exclusive():
            store.put("payment", "a", row(imp_uid="a", status="paid"))
            store.put("webhook", "1", row())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_halfway()
    assert store.get("payment", "a") == row(imp_uid="a")
    assert store.count("webhook") == 0


def test_exclusive_changes_may_be_nested(store: Store) -> None:
    with store.exclusive(), store.exclusive():
        store.put("payment", "a", row())
    assert store.count("payment") == 1
