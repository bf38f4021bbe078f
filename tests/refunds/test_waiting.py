"""A refund that nobody could carry out: returned by the shop itself, or another account is asked for."""

from datetime import timedelta

import pytest

from django_iamport import reconciliation
from django_iamport.exceptions import NotAcceptable, NotRefundable, RefundNotKnown
from django_iamport.models import OperatorCall, Refund
from django_iamport.refunds import account_links
from tests.refunds.looking import ACCOUNT, CANCEL, there

REFUSAL = {"code": 1, "message": "[1234] 예금주 불일치", "response": None}


@pytest.fixture
def unwanted(attempt, iamport_sandbox, confirm):
    """A deposit that nobody wants, and no account to return it to."""
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    row = confirm(attempt, imp_uid)
    iamport_sandbox.reset_calls()
    return row


def close(row, **changed):
    return row.close_refund(**{"reason": "called him", "proof": "KB transfer 4711", "by": "kim", **changed})


def test_money_that_went_back_by_transfer_closes_the_request_with_reason_and_proof(unwanted, iamport_sandbox):
    refund = close(unwanted)

    assert (refund.status, refund.code, refund.proof) == ("done", "bank_transfer", "KB transfer 4711")
    noted = unwanted.history.get(event="refund_transferred")
    assert (noted.reason, noted.by, noted.amount) == ("called him · KB transfer 4711", "kim", 60_000)
    [call] = OperatorCall.objects.all()
    assert (call.open_key, call.answer, call.answered_by) == (None, "called him", "kim")
    assert there(iamport_sandbox, unwanted) in ([], None)
    assert CANCEL not in iamport_sandbox.calls


def test_what_was_transferred_is_neither_refunded_nor_accepted_nor_listed_any_more(unwanted):
    close(unwanted)

    assert (unwanted.is_refundable, unwanted.is_acceptable, unwanted.pending_refund) == (False, False, None)
    with pytest.raises(NotRefundable):
        unwanted.cancel(reason="again", refund_account=ACCOUNT)
    with pytest.raises(NotAcceptable):
        unwanted.accept(reason="after all")
    with pytest.raises(RefundNotKnown):
        unwanted.retry_refund(refund_account=ACCOUNT)
    with pytest.raises(RefundNotKnown):
        close(unwanted)
    assert reconciliation.sync(max_age=timedelta(days=30)).is_clean


def test_money_that_the_gateway_returned_meanwhile_was_not_transferred(unwanted, iamport_sandbox):
    iamport_sandbox.cancel_in_console(unwanted.imp_uid)

    with pytest.raises(RefundNotKnown):
        close(unwanted)

    unwanted.refresh_from_db()
    assert (unwanted.status, Refund.objects.get().code) == ("cancelled", "")


def test_without_a_waiting_request_there_is_nothing_to_close_or_to_ask(paid):
    with pytest.raises(RefundNotKnown):
        close(paid)
    with pytest.raises(RefundNotKnown):
        paid.ask_refund_account(by="kim")


def test_a_customer_is_asked_anew_for_the_account_and_the_old_address_is_over(unwanted, iamport_sandbox):
    first = unwanted.get_refund_account_url().rstrip("/").rpartition("/")[2]
    iamport_sandbox.fail_next("payments.cancel", body=REFUSAL)
    with pytest.raises(Exception, match="was not refunded"):
        unwanted.retry_refund(refund_account=ACCOUNT, by="customer")
    assert Refund.objects.get().has_account

    address = unwanted.ask_refund_account(by="kim")

    refund = Refund.objects.get()
    assert (refund.needs_account, refund.has_account, refund.code) == (True, False, "refund_account_missing")
    assert account_links.opens(address.rstrip("/").rpartition("/")[2], refund)
    assert not account_links.opens(first, refund)
    noted = unwanted.history.get(event="refund_account_asked")
    assert (noted.by, noted.source) == ("kim", "admin")
    assert unwanted.retry_refund(refund_account=ACCOUNT).status == "done"


def test_a_card_needs_no_account(attempt, iamport_sandbox, confirm):
    iamport_sandbox.fail_next("payments.cancel", body=REFUSAL)
    forged = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))

    with pytest.raises(RefundNotKnown):
        forged.ask_refund_account()
    assert close(forged).proof
