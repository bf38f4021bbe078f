"""Changing a waiting account: the gateway and the shop agree at every moment, or nothing was changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport.exceptions import (
    AccountNotWaiting,
    NotPayable,
    OrderClosed,
    OutcomeUnknown,
    RefundNeedsOperator,
    Refused,
)
from tests.shop.models import Order


@pytest.fixture
def waiting(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.issue_account(attempt))


def told(gateway, row):
    return gateway.payment(row.imp_uid)


def test_the_due_moment_is_moved(waiting, iamport_sandbox, heard):
    due = (timezone.now() + timedelta(days=60)).replace(microsecond=0)

    waiting.change_account(vbank_due=due, by="kim")

    assert (waiting.vbank_date, waiting.is_awaiting_deposit) == (due, True)
    assert told(iamport_sandbox, waiting)["vbank_date"] == int(due.timestamp())
    assert [(h.event, h.by) for h in waiting.history] == [("account_issued", ""), ("account_changed", "kim")]
    assert heard.names == []


def test_the_sum_becomes_what_the_order_asks_for_now(waiting, order, iamport_sandbox, confirm, heard):
    Order.objects.update(amount=40_000)

    waiting.change_account()

    assert (waiting.amount, waiting.asked, waiting.is_awaiting_deposit) == (40_000, {"language": "en"}, True)
    assert told(iamport_sandbox, waiting)["amount"] == 40_000
    iamport_sandbox.deposit(waiting.imp_uid)
    row = confirm(waiting, waiting.imp_uid)
    assert (row.status, row.paid_amount, heard.names) == ("paid", 40_000, ["payment_paid"])


def test_an_order_that_asks_for_the_same_changes_nothing(waiting, iamport_sandbox):
    iamport_sandbox.reset_calls()
    waiting.change_account()

    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("after", [True, False])
def test_while_the_outcome_is_unknown_either_sum_is_right(
    waiting, iamport_sandbox, confirm, monkeypatch, after
):
    Order.objects.update(amount=40_000)
    iamport_sandbox.fail_next("vbanks.change", timeout=True, after=after)
    with pytest.raises(OutcomeUnknown):
        waiting.change_account()

    row = confirm(waiting, waiting.imp_uid)

    assert row.is_awaiting_deposit
    assert row.amount == told(iamport_sandbox, row)["amount"] == (40_000 if after else 50_000)


def test_a_deposit_of_the_new_sum_pays_though_the_answer_was_lost(waiting, order, iamport_sandbox, confirm):
    Order.objects.update(amount=40_000)
    iamport_sandbox.fail_next("vbanks.change", timeout=True, after=True)
    with pytest.raises(OutcomeUnknown):
        waiting.change_account()
    iamport_sandbox.deposit(waiting.imp_uid)

    row = confirm(waiting, waiting.imp_uid)

    order.refresh_from_db()
    assert (row.status, row.amount, row.paid_amount, order.status) == ("paid", 40_000, 40_000, "paid")


def test_a_deposit_of_the_old_sum_is_not_the_orders_any_more(waiting, order, iamport_sandbox, confirm):
    Order.objects.update(amount=40_000)
    iamport_sandbox.fail_next("vbanks.change", timeout=True)
    with pytest.raises(OutcomeUnknown):
        waiting.change_account()
    iamport_sandbox.deposit(waiting.imp_uid)

    row = confirm(waiting, waiting.imp_uid)

    order.refresh_from_db()
    assert (row.status, row.reject_reason, order.status) == ("rejected", "order_changed", "ready")


def test_a_sum_that_was_never_announced_stays_a_forgery(waiting, iamport_sandbox, confirm):
    iamport_sandbox.edit(waiting.imp_uid, amount=40_000)

    assert not confirm(waiting, waiting.imp_uid).is_awaiting_deposit


def test_a_refusal_leaves_everything_as_it_was(waiting, iamport_sandbox):
    Order.objects.update(amount=40_000)
    iamport_sandbox.fail_next("vbanks.change", body={"code": 1, "message": "불가", "response": None})

    with pytest.raises(Refused):
        waiting.change_account()

    waiting.refresh_from_db()
    assert (waiting.amount, waiting.asked) == (50_000, {"language": "en"})


@pytest.mark.parametrize("happen", ["deposit", "void", "nothing"])
def test_only_a_waiting_account_is_changed(attempt, iamport_sandbox, confirm, happen):
    imp_uid = iamport_sandbox.open(attempt) if happen == "nothing" else iamport_sandbox.issue_account(attempt)
    if happen != "nothing":
        getattr(iamport_sandbox, happen)(imp_uid)
    row = confirm(attempt, imp_uid)
    iamport_sandbox.reset_calls()

    with pytest.raises(AccountNotWaiting):
        row.change_account(vbank_due=timezone.now())

    assert iamport_sandbox.calls == []


def test_an_account_that_was_paid_meanwhile_is_not_changed(waiting, iamport_sandbox, confirm):
    iamport_sandbox.deposit(waiting.imp_uid)

    with pytest.raises(Refused):
        waiting.change_account(vbank_due=timezone.now() + timedelta(days=60))

    assert confirm(waiting, waiting.imp_uid).status == "paid"


@pytest.mark.parametrize(
    ("change", "error"), [({"status": "closed"}, OrderClosed), ({"amount": 0}, NotPayable)]
)
def test_an_order_that_wants_no_payment_keeps_its_account_as_it_is(waiting, iamport_sandbox, change, error):
    Order.objects.update(**change)

    with pytest.raises(error):
        waiting.change_account()

    assert told(iamport_sandbox, waiting)["amount"] == 50_000


def test_an_account_is_voided_by_hand_with_a_reason(waiting, iamport_sandbox, heard):
    waiting.void_account(reason="ordered by mistake", by="kim")

    assert (waiting.status, waiting.is_awaiting_deposit) == ("cancelled", False)
    assert told(iamport_sandbox, waiting)["status"] == "cancelled"
    assert [(h.event, h.by) for h in waiting.history][1:] == [
        ("void_wanted", "kim"),
        ("void_sent", "kim"),
        ("voided", "kim"),
    ]
    assert waiting.history.get(event="void_wanted").reason == "ordered by mistake"
    assert heard.names == ["account_voided"]
    with pytest.raises(AccountNotWaiting):
        waiting.void_account(reason="again")


def test_a_void_that_the_gateway_refuses_says_so_and_is_asked_for_again(waiting, iamport_sandbox):
    refusal = {"code": 1, "message": "말소 불가", "response": None}
    iamport_sandbox.fail_next("vbanks.void", body=refusal)
    with pytest.raises(RefundNeedsOperator) as refused:
        waiting.void_account(reason="ordered by mistake", by="kim")

    assert refused.value.gateway_message == "말소 불가"
    waiting.void_account(reason="once more", by="kim")
    assert waiting.status == "cancelled"
    assert [refund.status for refund in waiting.refunds] == ["done"]


def test_a_deposit_that_came_before_the_void_is_no_account_to_void(waiting, iamport_sandbox):
    iamport_sandbox.deposit(waiting.imp_uid)
    waiting.void_account(reason="ordered by mistake", by="kim")
    waiting.refresh_from_db()

    assert waiting.status == "paid"
