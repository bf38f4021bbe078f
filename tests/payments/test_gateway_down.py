"""The gateway is down, or the process dies, at each step: nothing is lost, nothing half written."""

import pytest

from django_iamport import signals
from django_iamport.exceptions import GatewayError, OutcomeUnknown
from django_iamport.ledger import posting
from django_iamport.models import Refund
from django_iamport.refunds import execution
from tests.shop.models import Order, OrderTransaction

FAULTS = {
    "timeout": {"timeout": True},
    "disconnect": {"disconnect": True},
    "500": {"status": 500},
    "html": {"html": True},
    "429": {"status": 429},
    "403": {"status": 403},
    "no json": {"body": "oops"},
    "half an envelope": {"body": {"code": 0}},
    "empty": {"body": ""},
}
OUTAGES = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
# Answers that get lost once the work is done.
LOST = pytest.mark.parametrize(
    "fault",
    [{"timeout": True}, {"disconnect": True}, {"status": 500}, {"html": True}, {"body": "oops"}],
    ids=["timeout", "disconnect", "500", "html", "no json"],
)


def break_down(gateway, operation, fault):
    """A read that got no answer, or one that may pass, is asked once more."""
    passes = fault.keys() & {"timeout", "disconnect", "html"} or fault.get("status") == 429
    is_repeated = passes and operation in ("get_token", "payments.find", "payments.find_all_page")
    gateway.fail_next(operation, times=2 if is_repeated else 1, **fault)


def stored(attempt):
    return OrderTransaction.objects.values().get(pk=attempt.pk)


def forget_the_token():
    from django.core.cache import cache

    from django_iamport.gateway import connection

    cache.clear()
    connection._client.cache_clear()


# Before the window.


@pytest.mark.parametrize("operation", ["get_token", "prepare.create"])
@OUTAGES
def test_an_attempt_that_could_not_be_prepared_is_not_stored(order, iamport_sandbox, operation, fault):
    break_down(iamport_sandbox, operation, fault)

    with pytest.raises(GatewayError):
        OrderTransaction.objects.create_new(order)

    assert not OrderTransaction.objects.exists()
    assert OrderTransaction.objects.create_new(order).status == "ready"


@LOST
def test_a_preparation_whose_answer_was_lost_harms_no_later_attempt(order, iamport_sandbox, fault):
    iamport_sandbox.fail_next("prepare.create", after=True, **fault)

    with pytest.raises(OutcomeUnknown):
        OrderTransaction.objects.create_new(order)

    assert not OrderTransaction.objects.exists()
    assert OrderTransaction.objects.create_new(order).status == "ready"


@OUTAGES
def test_a_further_attempt_waits_until_the_open_one_was_asked_about(attempt, order, iamport_sandbox, fault):
    break_down(iamport_sandbox, "payments.find_all_page", fault)

    with pytest.raises(GatewayError):
        OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.get().backlog_since is not None


# The lookup.


@pytest.mark.parametrize("operation", ["get_token", "payments.find"])
@OUTAGES
def test_a_lookup_that_failed_changes_nothing_and_is_remembered(
    attempt, iamport_sandbox, confirm, heard, operation, fault
):
    imp_uid = iamport_sandbox.pay(attempt)
    before = stored(attempt)
    forget_the_token()
    break_down(iamport_sandbox, operation, fault)

    with pytest.raises(GatewayError) as failure:
        confirm(attempt, imp_uid)

    after = stored(attempt)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"backlog_since", "backlog_code"}
    assert after["backlog_code"] == failure.value.code
    assert failure.value.http_status >= 500
    assert heard.names == []
    assert confirm(attempt, imp_uid).status == "paid"
    assert stored(attempt)["backlog_since"] is None


@OUTAGES
def test_a_question_by_merchant_uid_that_failed_is_remembered(attempt, iamport_sandbox, confirm, fault):
    iamport_sandbox.pay(attempt)
    break_down(iamport_sandbox, "payments.find_all_page", fault)

    with pytest.raises(GatewayError):
        confirm(attempt)

    assert stored(attempt)["backlog_since"] is not None
    assert confirm(attempt).status == "paid"


@pytest.mark.parametrize(
    "told",
    [
        {"amount": "50000"},
        {"amount": True},
        {"amount": 10**15},
        {"amount": -50_000},
        {"status": None},
        {"imp_uid": "imp_999999999999"},
        {"cancel_amount": None},
        {"sandbox": "false"},
        {"currency": None},
    ],
)
def test_a_nonsense_answer_pays_nothing(attempt, iamport_sandbox, confirm, told):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.account.edit(imp_uid, told)

    with pytest.raises(GatewayError):
        confirm(attempt, imp_uid)

    assert (stored(attempt)["status"], stored(attempt)["imp_uid"]) == ("ready", None)


@OUTAGES
def test_nothing_is_taken_back_because_a_lookup_failed(attempt, iamport_sandbox, confirm, fault):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    break_down(iamport_sandbox, "payments.find", fault)

    with pytest.raises(GatewayError):
        confirm(attempt, imp_uid)

    assert stored(attempt)["status"] == "paid"
    assert Order.objects.get().status == "paid"


# The refund.


@OUTAGES
def test_a_refund_that_did_not_happen_stays_wanted_and_is_made_later(
    attempt, iamport_sandbox, confirm, later, fault
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    break_down(iamport_sandbox, "payments.cancel", fault)

    assert confirm(attempt, imp_uid).status == "rejected"

    refund = Refund.objects.get()
    assert refund.is_open
    later(minutes=6)
    execution.execute_all(OrderTransaction, [refund])
    refund.refresh_from_db()
    assert (refund.status, stored(attempt)["status"]) == ("done", "cancelled")
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 100


@LOST
def test_a_refund_whose_answer_was_lost_is_looked_up_and_never_made_twice(
    attempt, iamport_sandbox, confirm, heard, fault
):
    imp_uid = iamport_sandbox.pay(attempt, amount=60_000)
    iamport_sandbox.fail_next("payments.cancel", after=True, **fault)

    assert confirm(attempt, imp_uid).status == "rejected"

    refund = Refund.objects.get()
    assert refund.status == "unknown"
    iamport_sandbox.reset_calls()
    execution.execute_all(OrderTransaction, [refund])
    refund.refresh_from_db()
    assert (refund.status, stored(attempt)["status"]) == ("done", "cancelled")
    assert "POST /payments/cancel" not in iamport_sandbox.calls
    assert [news["amount"] for news in heard["payment_returned"]] == [60_000]


@pytest.mark.parametrize("operation", ["payments.find", "get_token"])
def test_a_refund_before_which_nobody_could_be_asked_stays_wanted(
    attempt, iamport_sandbox, confirm, monkeypatch, operation
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    execute_all = execution.execute_all

    def after_the_gateway_went_down(model, refunds):
        forget_the_token()
        iamport_sandbox.fail_next(operation, times=2, timeout=True)
        execute_all(model, refunds)

    monkeypatch.setattr(execution, "execute_all", after_the_gateway_went_down)
    confirm(attempt, imp_uid)

    refund = Refund.objects.get()
    assert (refund.status, stored(attempt)["status"]) == ("wanted", "rejected")
    execute_all(OrderTransaction, [refund])
    assert stored(attempt)["status"] == "cancelled"


# The process dies.


class Killed(BaseException):
    """The process ends here."""


def _die(*args, **kwargs):
    raise Killed


@pytest.mark.database
@pytest.mark.parametrize(
    "where", [(posting, "post"), (Order, "accepts_payment"), (Order, "payment_received")]
)
def test_a_process_that_dies_between_answer_and_write_leaves_no_trace_and_the_next_news_pays(
    attempt, iamport_sandbox, confirm, monkeypatch, where
):
    imp_uid = iamport_sandbox.pay(attempt)
    before = stored(attempt)
    with monkeypatch.context() as dying:
        dying.setattr(*where, _die)
        with pytest.raises(Killed):
            confirm(attempt, imp_uid)

    assert stored(attempt) == before
    assert Order.objects.get().status == "ready"
    assert confirm(attempt).status == "paid"


@pytest.mark.database
def test_a_process_that_dies_between_verdict_and_refund_leaves_the_request(
    attempt, iamport_sandbox, confirm, monkeypatch
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    with monkeypatch.context() as dying:
        dying.setattr(execution, "execute_all", _die)
        with pytest.raises(Killed):
            confirm(attempt, imp_uid)

    assert stored(attempt)["status"] == "rejected"
    assert Refund.objects.get().status == "wanted"
    execution.execute_all(OrderTransaction, Refund.objects.all())
    assert (stored(attempt)["status"], Refund.objects.get().status) == ("cancelled", "done")


@pytest.mark.database
@pytest.mark.parametrize("moment", ["before the call", "after the call"])
def test_a_process_that_dies_around_the_refund_call_makes_one_refund(
    attempt, iamport_sandbox, confirm, monkeypatch, later, heard, moment
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    with monkeypatch.context() as dying:
        if moment == "before the call":
            dying.setattr(execution, "_call", _die)
        else:
            cancel = execution._cancel
            dying.setattr(execution, "_cancel", lambda refund, payment: _die(cancel(refund, payment)))
        with pytest.raises(Killed):
            confirm(attempt, imp_uid)

    assert Refund.objects.get().status == "sent"
    later(minutes=6)
    execution.execute_all(OrderTransaction, Refund.objects.all())
    assert (stored(attempt)["status"], Refund.objects.get().status) == ("cancelled", "done")
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 1
    assert len(heard["payment_returned"]) == 1


@pytest.mark.database
def test_a_receiver_of_the_refund_that_raises_loses_no_refund(
    attempt, iamport_sandbox, confirm, receive, monkeypatch
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    failing = [RuntimeError("first time")]

    def receiver(**kwargs):
        if failing:
            raise failing.pop()

    receive(signals.payment_returned, receiver)
    assert confirm(attempt, imp_uid).status == "rejected"

    assert Refund.objects.get().is_open
    assert confirm(attempt, imp_uid).status == "cancelled"
    assert Refund.objects.get().status == "done"
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 100
