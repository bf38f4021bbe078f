"""Each cancellation is one row and one signal, whoever tells of it: the answer, a webhook, sync."""

import pytest
from django.db import IntegrityError, transaction

from django_iamport.exceptions import ReceiverFailed, RejectPayment
from django_iamport.models import Cancellation, Refund
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.pay(attempt))


def amounts(heard):
    return [told["amount"] for told in heard["payment_cancelled"]]


@pytest.mark.parametrize("source", ["webhook", "sync", "browser"])
def test_a_refund_that_answer_webhook_and_sync_tell_of_counts_once(paid, confirm, heard, source):
    paid.cancel(10_000, reason="part")

    for _ in range(2):
        row = confirm(paid, paid.imp_uid, source)

    assert (amounts(heard), Cancellation.objects.count(), row.cancel_amount) == ([10_000], 1, 10_000)


def test_a_refund_in_the_console_is_a_row_without_an_intent(paid, iamport_sandbox, confirm):
    iamport_sandbox.cancel_in_console(paid.imp_uid, 5_000)
    confirm(paid, paid.imp_uid)

    row = Cancellation.objects.get()
    assert (row.refund, row.by, row.source, row.amount) == (None, "", "webhook", 5_000)
    assert row.reason == iamport_sandbox.payment(paid.imp_uid)["cancel_history"][0]["reason"]


def test_several_heard_at_once_are_told_one_by_one_in_order(paid, iamport_sandbox, confirm, heard):
    for amount in (5_000, 7_000, 9_000):
        iamport_sandbox.cancel_in_console(paid.imp_uid, amount)

    confirm(paid, paid.imp_uid)

    assert amounts(heard) == [5_000, 7_000, 9_000]
    assert list(Cancellation.objects.values_list("amount", flat=True)) == [5_000, 7_000, 9_000]


def test_a_payment_first_heard_of_when_partly_refunded_is_paid_and_then_partly_cancelled(
    attempt, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    for amount in (5_000, 7_000):
        iamport_sandbox.cancel_in_console(imp_uid, amount)

    row = confirm(attempt, imp_uid)

    assert heard.names == ["payment_paid", "payment_cancelled", "payment_cancelled"]
    assert (amounts(heard), row.status, row.held_amount) == ([5_000, 7_000], "paid", 38_000)


def test_a_rejected_payment_that_was_partly_refunded_tells_of_that_too(
    attempt, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt, amount=60_000)
    iamport_sandbox.cancel_in_console(imp_uid, 5_000)

    confirm(attempt, imp_uid)

    assert [news["amount"] for news in heard["payment_returned"]] == [5_000, 55_000]
    assert [news["is_whole"] for news in heard["payment_returned"]] == [False, True]
    assert amounts(heard) == []
    assert sum(Cancellation.objects.values_list("amount", flat=True)) == 60_000


@pytest.mark.parametrize("without", ["cancel_history", "numbers"])
def test_answers_without_list_or_numbers_count_by_sum_and_position(
    paid, iamport_sandbox, confirm, heard, without
):
    for amount in (5_000, 7_000):
        iamport_sandbox.cancel_in_console(paid.imp_uid, amount)
        if without == "cancel_history":
            iamport_sandbox.edit(paid.imp_uid, without=("cancel_history",))
        else:
            told = iamport_sandbox.account.store.get("payment", paid.imp_uid)["cancel_history"]
            bare = [{k: v for k, v in entry.items() if k != "cancellation_id"} for entry in told]
            iamport_sandbox.edit(paid.imp_uid, cancel_history=bare)
        for _ in range(2):
            row = confirm(paid, paid.imp_uid)

    assert (amounts(heard), row.cancel_amount) == ([5_000, 7_000], 12_000)


def test_without_a_list_our_refund_is_settled_by_its_sum(paid, iamport_sandbox):
    iamport_sandbox.edit(paid.imp_uid, without=("cancel_history",))

    refund = paid.cancel(10_000, reason="part", by="kim")

    assert (refund.status, paid.cancellations.get().refund) == ("done", refund)
    assert paid.cancellations.get().cancellation_id == ""


def test_a_sum_that_falls_takes_nothing_back(paid, iamport_sandbox, confirm, heard):
    paid.cancel(10_000, reason="part")
    iamport_sandbox.edit(paid.imp_uid, cancel_amount=0, cancel_history=[], status="paid")

    row = confirm(paid, paid.imp_uid)

    assert (row.cancel_amount, Cancellation.objects.count(), amounts(heard)) == (10_000, 1, [10_000])


@pytest.fixture
def told(monkeypatch):
    """What the shop's order is told of refunds: how much, and whether nothing is left."""
    calls = []

    def payment_refunded(order, transaction, amount, is_whole):
        calls.append((amount, is_whole, transaction.held_amount))

    monkeypatch.setattr(Order, "payment_refunded", payment_refunded)
    return calls


def test_the_order_is_told_of_each_refund_once_whoever_made_it(paid, iamport_sandbox, confirm, told):
    paid.cancel(10_000, reason="part")
    for amount in (15_000, 25_000):
        iamport_sandbox.cancel_in_console(paid.imp_uid, amount)
    for _ in range(2):
        confirm(paid, paid.imp_uid)

    assert told == [(10_000, False, 40_000), (15_000, False, 0), (25_000, True, 0)]


def test_the_order_is_told_before_the_signal_is_sent(paid, receive, told):
    from django_iamport import signals

    seen = []
    receive(signals.payment_cancelled, lambda **news: seen.append(len(told)))
    paid.cancel(reason="all")

    assert seen == [1]


def test_the_order_is_not_told_of_money_that_it_never_accepted(
    order, attempt, iamport_sandbox, confirm, told, heard
):
    other = in_another_tab(order)
    confirm(attempt, iamport_sandbox.pay(attempt))
    assert confirm(other, iamport_sandbox.pay(other)).status == "cancelled"

    assert (told, len(heard["payment_returned"])) == ([], 1)


@pytest.mark.parametrize("error", [RuntimeError("first time"), RejectPayment("too_late")], ids=repr)
def test_an_order_that_fails_when_it_is_told_is_told_again(
    paid, iamport_sandbox, confirm, monkeypatch, error
):
    def fail(*args):
        raise error

    iamport_sandbox.cancel_in_console(paid.imp_uid)
    with monkeypatch.context() as broken:
        broken.setattr(Order, "payment_refunded", fail)
        with pytest.raises(ReceiverFailed):
            confirm(paid, paid.imp_uid)
    assert (Cancellation.objects.count(), Order.objects.get().status) == (0, "paid")

    assert confirm(paid, paid.imp_uid).status == "cancelled"
    assert Order.objects.get().status == "refunded"


def test_play_money_that_went_back_is_no_cancellation(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")
    iamport_sandbox.cancel_in_console(imp_uid)

    row = confirm(attempt, imp_uid)

    assert (row.status, Cancellation.objects.count(), amounts(heard)) == ("rejected", 0, [])


def test_a_receiver_that_fails_undoes_the_row_and_the_next_news_tells_of_it(
    paid, iamport_sandbox, confirm, receive, heard
):
    from django_iamport import signals

    failing = [RuntimeError("first time")]

    def receiver(**kwargs):
        if failing:
            raise failing.pop()

    receive(signals.payment_cancelled, receiver)
    iamport_sandbox.cancel_in_console(paid.imp_uid, 5_000)
    with pytest.raises(ReceiverFailed):
        confirm(paid, paid.imp_uid)
    assert Cancellation.objects.count() == 0

    assert confirm(paid, paid.imp_uid).cancel_amount == 5_000
    assert Cancellation.objects.count() == 1


def cancellation(**columns):
    return Cancellation.objects.create(
        **{
            "merchant_uid": "uid",
            "imp_uid": "imp_1",
            "entry": "a",
            "amount": 1,
            "currency": "KRW",
            "source": "webhook",
            **columns,
        }
    )


def test_the_database_refuses_one_cancellation_twice(db):
    cancellation()
    cancellation(imp_uid="imp_2")
    with pytest.raises(IntegrityError), transaction.atomic():
        cancellation()


def test_the_database_refuses_two_cancellations_for_one_intent(db):
    refund = Refund.objects.create(
        kind="refund", merchant_uid="uid", imp_uid="imp_1", amount=1, reason="x", open_key="uid"
    )
    cancellation(refund=refund)
    with pytest.raises(IntegrityError), transaction.atomic():
        cancellation(entry="b", refund=refund)


def test_the_database_refuses_a_cancellation_of_nothing(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        cancellation(amount=0)


def test_a_transaction_knows_its_cancellations(paid, iamport_sandbox):
    paid.cancel(10_000, reason="part")

    assert OrderTransaction.objects.get().cancellations.get().amount == 10_000


def test_a_cancellation_that_was_there_before_the_call_does_not_settle_the_intent(
    paid, iamport_sandbox, confirm
):
    """Nobody had told the shop of it, but the lookup before the call did."""
    iamport_sandbox.cancel_in_console(paid.imp_uid, 10_000)
    (entry,) = iamport_sandbox.payment(paid.imp_uid)["cancel_history"]
    Refund.objects.create(
        kind="refund",
        merchant_uid=paid.merchant_uid,
        imp_uid=paid.imp_uid,
        amount=10_000,
        checksum=40_000,
        reason="x",
        status="sent",
        open_key=paid.merchant_uid,
        cancellations_before=[entry["cancellation_id"]],
    )

    confirm(paid, paid.imp_uid)

    assert (Cancellation.objects.get().refund, Refund.objects.get().status) == (None, "sent")
