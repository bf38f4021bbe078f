import pytest
from django.db import transaction

from django_iamport.exceptions import AttemptNotFound, GatewayError, InTransaction, PaymentUnknown
from tests.shop.models import OrderTransaction


def poll(attempt):
    return OrderTransaction.objects.poll(attempt.merchant_uid)


def test_a_paid_attempt_is_asked_about_once_and_then_never_again(attempt, iamport_sandbox, later):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.reset_calls()

    assert poll(attempt).status == "paid"
    later(seconds=10)
    assert poll(attempt).status == "paid"

    assert iamport_sandbox.calls == [
        f"GET /payments/findAll/{attempt.merchant_uid}",
        f"GET /payments/{imp_uid}",
    ]


def test_a_waiting_attempt_is_asked_about_again_after_five_seconds(attempt, iamport_sandbox, later):
    iamport_sandbox.reset_calls()

    for _ in range(3):
        assert poll(attempt).status == "ready"
    assert len(iamport_sandbox.calls) == 1
    later(seconds=4)
    poll(attempt)
    assert len(iamport_sandbox.calls) == 1
    later(seconds=6)
    poll(attempt)
    assert len(iamport_sandbox.calls) == 2


def test_a_poll_for_no_attempt_asks_nobody(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()

    with pytest.raises(AttemptNotFound):
        OrderTransaction.objects.poll(attempt.merchant_uid.upper())

    assert iamport_sandbox.calls == []


def test_a_poll_while_the_gateway_is_down_says_so_and_so_do_those_within_five_seconds(
    attempt, iamport_sandbox
):
    iamport_sandbox.fail_next("payments.find_all_page", times=2, timeout=True)

    with pytest.raises(GatewayError):
        poll(attempt)
    with pytest.raises(PaymentUnknown):
        poll(attempt)

    attempt.refresh_from_db()
    assert attempt.backlog_since is not None


def test_a_poll_of_a_settled_attempt_is_answered_within_a_transaction(
    transactional_db, attempt, iamport_sandbox, confirm
):
    confirm(attempt, iamport_sandbox.pay(attempt))
    with transaction.atomic():
        assert poll(attempt).status == "paid"


@pytest.mark.django_db(transaction=True)
def test_a_poll_of_an_open_attempt_within_a_transaction_is_refused(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    with transaction.atomic(), pytest.raises(InTransaction):
        poll(attempt)

    assert iamport_sandbox.calls == []
