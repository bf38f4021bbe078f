from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import Store

DAY = 24 * 60 * 60
Open = Callable[..., str]


@pytest.fixture
def account(store: Store, clock: Clock) -> Account:
    return Account(store, clock, Merchant())


def listed(api: Any, path: str) -> list[str]:
    return [payment["imp_uid"] for payment in api("GET", path).response["list"]]


def test_every_status_has_its_own_list_and_all_has_their_sum(
    api: Any, account: Account, open_window: Open
) -> None:
    ready, failed, paid, partly, whole = (open_window(merchant_uid=f"order{number}") for number in range(5))
    account.close(failed)
    for imp_uid in (paid, partly, whole):
        account.approve(imp_uid)
    for imp_uid, amount in ((partly, 1_000), (whole, None)):
        api("POST", "/payments/cancel", {"imp_uid": imp_uid, "amount": amount})
    assert listed(api, "/payments/status/ready") == [ready]
    assert listed(api, "/payments/status/failed") == [failed]
    assert listed(api, "/payments/status/paid") == [paid]
    assert listed(api, "/payments/status/cancelled") == [whole, partly]
    assert api("GET", "/payments/status/all").response["total"] == 5


def test_a_status_nobody_has_is_an_empty_list(api: Any) -> None:
    empty = {"total": 0, "previous": 0, "next": 0, "list": []}
    assert api("GET", "/payments/status/paid").response == empty


def test_pages_are_counted_from_one_and_end(api: Any, open_window: Open) -> None:
    opened = [open_window(merchant_uid=f"order{number}") for number in range(5)]
    page = api("GET", "/payments/status/all?limit=2&page=2&sorting=started").response
    assert (page["total"], page["previous"], page["next"]) == (5, 1, 3)
    assert [payment["imp_uid"] for payment in page["list"]] == opened[2:4]
    last = api("GET", "/payments/status/ready?limit=2&page=3").response
    assert (last["next"], len(last["list"])) == (0, 1)
    assert api("GET", "/payments/status/all?limit=2&page=4")[:2] == (400, -1)


def test_a_page_holds_20_unless_more_are_asked_for(api: Any, open_window: Open) -> None:
    for number in range(21):
        open_window(merchant_uid=f"order{number}")
    assert len(listed(api, "/payments/status/all")) == 20
    assert len(listed(api, "/payments/status/all?limit=1000")) == 21


def test_a_payment_is_listed_by_the_moment_its_status_began(
    api: Any, account: Account, open_window: Open, clock: Clock
) -> None:
    imp_uid = open_window()
    opened = account.payment(imp_uid)["started_at"]
    clock.move(DAY)
    account.approve(imp_uid)
    paid = account.payment(imp_uid)["paid_at"]
    clock.move(DAY)
    assert listed(api, f"/payments/status/paid?from={paid}&to={paid}") == [imp_uid]
    assert listed(api, f"/payments/status/all?from={paid}&to={paid}") == [imp_uid]
    assert listed(api, f"/payments/status/paid?from={opened}&to={paid - 1}") == []
    account.cancel_in_console(imp_uid)
    assert listed(api, f"/payments/status/all?from={opened}&to={paid}") == []
    assert listed(api, "/payments/status/cancelled") == [imp_uid]


def test_without_a_window_the_last_90_days_are_listed(api: Any, open_window: Open, clock: Clock) -> None:
    old = open_window(merchant_uid="old")
    clock.move(90 * DAY + 60)
    new = open_window(merchant_uid="new")
    assert listed(api, "/payments/status/all") == [new]
    past = clock.unix() - 10 * DAY
    assert listed(api, f"/payments/status/all?to={past}") == [old]


def test_lists_are_sorted_as_asked(api: Any, account: Account, open_window: Open, clock: Clock) -> None:
    first, second = open_window(merchant_uid="first"), open_window(merchant_uid="second")
    for imp_uid in (second, first):
        clock.move(5)
        account.approve(imp_uid)
    clock.move(5)
    account.cancel_in_console(second)
    assert listed(api, "/payments/status/all") == [second, first]
    assert listed(api, "/payments/status/all?sorting=-paid") == [first, second]
    assert listed(api, "/payments/status/all?sorting=paid") == [second, first]
    assert listed(api, "/payments/status/all?sorting=updated") == [first, second]


@pytest.mark.parametrize(
    "question",
    [
        "done",
        "Paid",
        "all?page=0",
        "all?limit=0",
        "all?limit=1001",
        "all?sorting=amount",
        "all?from=yesterday",
        "all?from=1700000000&to=1699999999",
        f"all?from=1700000000&to={1700000000 + 90 * DAY + 1}",
    ],
)
def test_a_question_that_makes_no_sense_is_a_bad_request(api: Any, question: str) -> None:
    assert api("GET", f"/payments/status/{question}")[:2] == (400, -1)
