"""Wishes: stored with the verdict, carried out once, looked up while their outcome is unknown."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from django_iamport.exceptions import GatewayError, OutcomeUnknown
from django_iamport.gateway import connection, instructions, lookups
from django_iamport.models import Refund
from django_iamport.refunds import execution
from django_iamport.refunds.intent import Intent
from tests.shop.models import OrderTransaction

CANCEL = "POST /payments/cancel"


@pytest.fixture
def rejected(attempt, iamport_sandbox, confirm, monkeypatch):
    """A forged payment of 60,000 whose wish to refund was stored and not carried out."""
    with monkeypatch.context() as put_off:
        put_off.setattr(execution, "execute_all", lambda model, refunds: None)
        confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    iamport_sandbox.reset_calls()
    attempt.refresh_from_db()
    return attempt


@pytest.fixture
def refund(rejected):
    return Refund.objects.get()


def execute(refund):
    execution.execute_all(OrderTransaction, [refund])
    refund.refresh_from_db()
    return refund.status


@pytest.mark.database
def test_a_refund_is_looked_up_sent_with_its_sum_and_settled(rejected, refund, iamport_sandbox, monkeypatch):
    sent = {}
    cancel = connection.client().payments.cancel
    monkeypatch.setattr(
        connection.client().payments,
        "cancel",
        lambda imp_uid, **asked: sent.update(asked) or cancel(imp_uid, **asked),
    )

    assert execute(refund) == "done"

    rejected.refresh_from_db()
    assert iamport_sandbox.calls == [f"GET /payments/{rejected.imp_uid}", CANCEL]
    assert (sent["amount"], sent["checksum"]) == (60_000, 60_000)
    assert sent["timeout"] == instructions.CANCEL_TIMEOUT
    assert (rejected.status, rejected.reject_reason, rejected.cancel_amount) == (
        "cancelled",
        "forged",
        60_000,
    )
    assert (refund.open_key, refund.sent_at is not None) == (None, True)


def test_a_settled_refund_is_never_made_again(refund, iamport_sandbox):
    execute(refund)
    iamport_sandbox.reset_calls()

    for status in ("done", "wanted", "sent", "unknown"):
        stale = Refund.objects.get(pk=refund.pk)
        stale.status = status
        execution.execute_all(OrderTransaction, [stale])

    assert CANCEL not in iamport_sandbox.calls


def test_after_a_part_was_given_back_only_the_rest_is_asked_for(rejected, refund, iamport_sandbox, heard):
    iamport_sandbox.cancel_in_console(rejected.imp_uid, 25_000)

    assert execute(refund) == "done"

    history = iamport_sandbox.payment(rejected.imp_uid)["cancel_history"]
    assert [entry["amount"] for entry in history] == [25_000, 35_000]
    assert sum(news["amount"] for news in heard["payment_returned"]) == 60_000


def test_what_was_given_back_in_the_console_meanwhile_is_not_given_back_again(
    rejected, refund, iamport_sandbox
):
    iamport_sandbox.cancel_in_console(rejected.imp_uid)

    assert execute(refund) == "done"

    rejected.refresh_from_db()
    assert (rejected.status, CANCEL in iamport_sandbox.calls) == ("cancelled", False)


def test_a_refusal_needs_an_operator_and_keeps_the_gateways_words(rejected, refund, iamport_sandbox, heard):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "취소기간 경과", "response": None}
    )

    assert execute(refund) == "needs_operator"

    rejected.refresh_from_db()
    assert (refund.gateway_message, refund.open_key) == ("취소기간 경과", None)
    assert [news["reason"] for news in heard["operator_needed"]] == ["refund_refused"]
    assert (rejected.status, rejected.held_amount) == ("rejected", 60_000)


def test_what_an_operator_gave_back_after_a_refusal_is_done(rejected, refund, iamport_sandbox, confirm):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "취소기간 경과", "response": None}
    )
    assert execute(refund) == "needs_operator"
    iamport_sandbox.cancel_in_console(rejected.imp_uid)

    assert confirm(rejected, rejected.imp_uid).status == "cancelled"

    refund.refresh_from_db()
    assert refund.status == "done"


@pytest.mark.parametrize(
    "told",
    [
        {"cancel_amount": 60_000},
        {"cancel_amount": 70_000},
        {"status": "failed", "paid_at": 0},
        {"status": "ready", "paid_at": 0},
        {"status": "cancelled"},
        {"status": "something"},
    ],
    ids=str,
)
def test_nothing_is_refunded_while_the_gateway_contradicts_itself(rejected, refund, iamport_sandbox, told):
    iamport_sandbox.edit(rejected.imp_uid, **told)

    assert execute(refund) == "wanted"

    assert CANCEL not in iamport_sandbox.calls
    rejected.refresh_from_db()
    assert rejected.status == "rejected"


@pytest.mark.parametrize("minutes", [0, 4])
def test_not_done_is_never_believed_at_once(refund, iamport_sandbox, later, minutes):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    assert execute(refund) == "unknown"
    later(minutes=minutes)

    assert execute(refund) == "unknown"

    assert iamport_sandbox.calls.count(CANCEL) == 1


@pytest.mark.database
def test_not_done_is_believed_after_minutes(refund, iamport_sandbox, later):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    execute(refund)
    later(minutes=6)

    assert execute(refund) == "done"
    assert iamport_sandbox.calls.count(CANCEL) == 2


@pytest.mark.database
def test_of_two_workers_one_sends(refund, iamport_sandbox):
    first, second = (Refund.objects.get() for _ in range(2))
    evidence = lookups.find(refund.imp_uid)
    intents = [Intent(each, "default") for each in (first, second)]
    for intent in intents:
        execution._post_and_claim(OrderTransaction, evidence, intent)
    assert [intent.claimed is not None for intent in intents] == [True, False]


@pytest.mark.database
def test_a_worker_that_was_overtaken_sends_nothing(refund, iamport_sandbox):
    stale = Refund.objects.get()
    Refund.objects.update(status="sent", sent_at=timezone.now())

    execution.execute_all(OrderTransaction, [stale])

    assert CANCEL not in iamport_sandbox.calls


@pytest.mark.parametrize("operation", ["payments.find", "payments.cancel"])
def test_what_has_to_wait_is_told_to_who_asks_for_one(refund, iamport_sandbox, operation):
    iamport_sandbox.fail_next(operation, times=2, timeout=True)

    with pytest.raises(GatewayError) as failure:
        execution.execute(OrderTransaction, refund)

    assert isinstance(failure.value, OutcomeUnknown) == (operation == "payments.cancel")


def test_one_failure_does_not_stop_the_rest(refund, make_order, iamport_sandbox, confirm, monkeypatch):
    with monkeypatch.context() as put_off:
        put_off.setattr(execution, "execute_all", lambda model, refunds: None)
        other = OrderTransaction.objects.create_new(make_order())
        confirm(other, iamport_sandbox.pay(other, amount=100))
    iamport_sandbox.fail_next("payments.find", times=2, timeout=True)

    execution.execute_all(OrderTransaction, Refund.objects.order_by("pk"))

    assert list(Refund.objects.order_by("pk").values_list("status", flat=True)) == ["wanted", "done"]


def test_a_staging_copy_refunds_nothing(refund, iamport_sandbox, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"

    assert execute(refund) == "wanted"
    assert iamport_sandbox.calls == []


@pytest.mark.database
def test_what_was_open_before_the_call_is_stored_with_the_intent(rejected, refund, iamport_sandbox):
    iamport_sandbox.cancel_in_console(rejected.imp_uid, 25_000)
    (entry,) = iamport_sandbox.payment(rejected.imp_uid)["cancel_history"]

    execute(refund)

    assert refund.cancellations_before == [entry["cancellation_id"]]


def test_the_log_names_ids_and_codes_and_nothing_else(refund, iamport_sandbox, caplog):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "홍길동 계좌오류", "response": None}
    )

    execute(refund)

    assert refund.merchant_uid in caplog.text
    assert "홍길동" not in caplog.text


# Wishes.


def wanted(**more):
    return Refund.objects.request_by_rule(
        **{
            "kind": "refund",
            "merchant_uid": "uid",
            "imp_uid": "imp_1",
            "amount": Decimal(1),
            "reason": "forged",
            **more,
        }
    )


@pytest.mark.database
@pytest.mark.parametrize(
    ("earlier", "again"),
    [
        ("wanted", False),
        ("sent", False),
        ("unknown", False),
        ("done", False),
        ("needs_operator", False),
        ("refused", True),
    ],
)
def test_a_wish_is_made_once_unless_it_became_pointless(db, earlier, again):
    first = wanted()
    if earlier in Refund.OPEN:
        Refund.objects.update(status=earlier)
    else:
        first.close(earlier)

    assert (wanted() is not None) == again


def test_a_refund_shows_no_more_than_ids_and_sums(db):
    assert str(wanted()) == "uid · ₩1"


# Voiding.


def test_an_account_is_voided_with_its_intent_stored(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    row = confirm(attempt, imp_uid)

    execution.void_account(row, "default")

    attempt.refresh_from_db()
    refund = Refund.objects.get()
    assert (attempt.status, refund.kind, refund.status, refund.amount) == ("cancelled", "void", "done", 0)
    assert iamport_sandbox.payment(imp_uid)["status"] == "cancelled"


def test_an_account_whose_void_was_lost_is_looked_up(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.issue_account(attempt))
    iamport_sandbox.fail_next("vbanks.void", timeout=True, after=True)
    with pytest.raises(OutcomeUnknown):
        execution.void_account(row, "default")

    execution.void_account(row, "default")

    attempt.refresh_from_db()
    assert (attempt.status, Refund.objects.get().status) == ("cancelled", "done")


@pytest.mark.database
def test_a_moment_of_sending_is_the_shops(refund):
    execute(refund)
    assert timezone.now() - refund.sent_at < timedelta(minutes=1)
