"""Refunds adjust or cancel the receipt, and lost answers are looked up, by `iamport_sync` at the latest."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.db import transaction as database

from django_iamport import reconciliation
from django_iamport.contrib.cash_receipts import outcomes, receipts, settling
from django_iamport.contrib.cash_receipts.exceptions import CashReceiptRefused
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.exceptions import OutcomeUnknown
from django_iamport.models import OperatorCall
from django_iamport.records.history import Origin
from django_iamport.sandbox.rules.services import receipts as at_the_company
from django_iamport.sandbox.rules.services.receipts import ReceiptRequest
from tests.contrib.cash_receipts.conftest import PHONE, noted, stored
from tests.shop.models import OrderTransaction

REFUSAL = {"code": -1, "message": "취소 불가", "response": None}


def sync(**options):
    return reconciliation.sync(max_age=timedelta(days=30), **options)


def codes(report):
    return [code for uid, code in report.unfinished]


@pytest.mark.database
def test_a_whole_refund_cancels_the_receipt(paid, refund):
    receipts.issue(paid, PHONE)
    refund()
    row = stored()
    assert (row.status, row.reason, row.is_renewal_wanted, row.due_at) == ("cancelled", "refund", False, None)
    assert noted(paid.merchant_uid)[-2:] == ["cash_receipt_cancelling", "cash_receipt_cancelled"]


@pytest.mark.database
def test_a_partial_refund_cancels_it_and_the_rest_waits_for_another(paid, refund):
    receipts.issue(paid, PHONE)
    refund(20_000)
    row = stored()
    assert (row.status, row.is_renewal_wanted) == ("cancelled", True)
    assert [*CashReceipt.objects.all().needing_somebody()] == [row]

    again = receipts.issue(paid, PHONE)

    assert (again.status, again.amount) == ("issued", 30_000)
    assert not CashReceipt.objects.all().needing_somebody().exists()


def test_a_rest_that_goes_back_too_waits_for_nothing(paid, refund):
    receipts.issue(paid, PHONE)
    refund(20_000)
    refund(30_000)
    assert (CashReceipt.objects.count(), stored().is_renewal_wanted) == (1, False)


def test_a_receipt_that_the_company_adjusted_itself_is_left_alone(paid, refund, iamport_sandbox):
    receipts.issue(paid, PHONE)
    account = iamport_sandbox.account
    known = account.store.get(at_the_company.KIND, paid.imp_uid)
    account.store.put(at_the_company.KIND, paid.imp_uid, {**known, "amount": 30_000, "vat": 2_727})
    refund(20_000)
    row = stored()
    assert (row.status, row.amount, row.vat, row.due_at) == ("issued", 30_000, 2_727, None)
    assert noted(paid.merchant_uid)[-1] == "cash_receipt_adjusted"
    assert f"DELETE /receipts/{paid.imp_uid}" not in iamport_sandbox.calls


def test_a_receipt_that_the_company_cancelled_itself_is_cancelled_here(paid, refund, iamport_sandbox):
    receipts.issue(paid, PHONE)
    at_the_company.cancel(iamport_sandbox.account, paid.imp_uid)
    refund()
    assert stored().status == "cancelled"
    assert f"DELETE /receipts/{paid.imp_uid}" not in iamport_sandbox.calls


def test_the_receipt_of_the_payment_window_is_adjusted_too(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt, pay_method="trans")
    at_the_company.issue(iamport_sandbox.account, imp_uid, ReceiptRequest(PHONE))
    paid = confirm(attempt, imp_uid)
    paid.cancel(20_000, reason="part")
    settling.adjust_all(paid.merchant_uid)
    row = stored()
    assert (row.status, row.amount, row.is_renewal_wanted) == ("cancelled", 50_000, True)


@pytest.mark.parametrize(("amount", "is_renewal_wanted"), [(20_000, True), (None, False)])
def test_the_receipt_of_the_payment_window_that_the_company_cancelled_itself_is_cancelled_here(
    attempt, iamport_sandbox, confirm, amount, is_renewal_wanted
):
    imp_uid = iamport_sandbox.pay(attempt, pay_method="trans")
    at_the_company.issue(iamport_sandbox.account, imp_uid, ReceiptRequest(PHONE))
    paid = confirm(attempt, imp_uid)
    company = iamport_sandbox.account.store
    known = company.get(at_the_company.KIND, imp_uid)
    company.put(at_the_company.KIND, imp_uid, {**known, "cancelled_at": known["applied_at"]})
    paid.cancel(amount, reason="returned")
    settling.adjust_all(paid.merchant_uid)
    row = stored()
    assert (row.status, row.code, row.is_renewal_wanted) == ("cancelled", "", is_renewal_wanted)


def test_the_receipt_of_a_payment_that_the_rules_refused_is_cancelled_too(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt, pay_method="trans", amount=100)
    at_the_company.issue(iamport_sandbox.account, imp_uid, ReceiptRequest(PHONE))
    refused = confirm(attempt, imp_uid)
    settling.adjust_all(refused.merchant_uid)
    assert (stored().status, stored().is_renewal_wanted) == ("cancelled", False)
    assert at_the_company.read(iamport_sandbox.account, imp_uid)["cancelled_at"]


@pytest.mark.parametrize("status", ["issued", "unknown"])
def test_an_operator_who_looks_first_learns_that_the_rest_waits_for_another(
    paid, refund, iamport_sandbox, later, status
):
    if status == "unknown":
        iamport_sandbox.fail_next("receipts.issue", disconnect=True, after=True)
    with nullcontext() if status == "issued" else pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    at_the_company.cancel(iamport_sandbox.account, paid.imp_uid)
    iamport_sandbox.fail_next("receipts.find", disconnect=True, times=2)
    refund(20_000)
    row = stored()
    assert row.status == status
    later(minutes=11)
    receipts.sync(row, source="admin")
    assert (row.status, row.code, row.is_renewal_wanted) == ("cancelled", "", True)


@pytest.mark.database
def test_another_refund_while_the_receipt_is_compared_is_not_overlooked(paid, refund, iamport_sandbox):
    receipts.issue(paid, PHONE)
    account = iamport_sandbox.account
    known = account.store.get(at_the_company.KIND, paid.imp_uid)
    account.store.put(at_the_company.KIND, paid.imp_uid, {**known, "amount": 30_000, "vat": 2_727})
    paid.refresh_from_db()
    again = OrderTransaction.objects.get(pk=paid.pk)
    paid.cancel(20_000, reason="part")
    iamport_sandbox.meanwhile("receipts.find", lambda: again.cancel(10_000, reason="another"))
    settling.adjust_all(paid.merchant_uid)
    assert stored().due_at is not None
    sync()
    assert (stored().status, stored().is_renewal_wanted) == ("cancelled", True)


@pytest.mark.database
@pytest.mark.parametrize("call", ["receipts.find", "receipts.cancel"])
def test_a_rest_that_goes_back_while_the_receipt_is_cancelled_waits_for_nothing(paid, iamport_sandbox, call):
    receipts.issue(paid, PHONE)
    paid.refresh_from_db()
    again = OrderTransaction.objects.get(pk=paid.pk)
    paid.cancel(20_000, reason="part")
    if call == "receipts.find":
        at_the_company.cancel(iamport_sandbox.account, paid.imp_uid)
    iamport_sandbox.meanwhile(call, lambda: again.cancel(30_000, reason="the rest"))
    settling.adjust_all(paid.merchant_uid)
    assert (stored().status, stored().is_renewal_wanted) == ("cancelled", False)


def test_a_renewal_whose_answer_was_lost_is_wanted_no_more_when_it_is_found(paid, refund, iamport_sandbox):
    receipts.issue(paid, PHONE)
    refund(20_000)
    iamport_sandbox.fail_next("receipts.issue", disconnect=True, after=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    assert sync().exit_code == 0
    assert stored().status == "issued"
    assert not CashReceipt.objects.all().needing_somebody().exists()


def test_a_receipt_that_was_not_issued_needs_nobody_when_all_went_back(paid, refund, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", body=REFUSAL)
    with pytest.raises(CashReceiptRefused):
        receipts.issue(paid, PHONE)
    assert CashReceipt.objects.all().needing_somebody().exists()
    refund()
    assert not CashReceipt.objects.all().needing_somebody().exists()
    assert stored().gateway_message == "취소 불가"


def test_the_refund_of_a_card_asks_for_no_receipt(attempt, iamport_sandbox, confirm):
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    paid.cancel(reason="returned")
    settling.adjust_all(paid.merchant_uid)
    assert not CashReceipt.objects.exists()


@pytest.mark.database
def test_the_mark_is_undone_with_the_refund_s_news(paid):
    receipts.issue(paid, PHONE)
    from django_iamport import signals

    with database.atomic():
        signals.payment_cancelled.send(
            sender=type(paid), transaction=paid, order=paid.order, amount=1, is_whole=False
        )
        assert stored().due_at is not None
        database.set_rollback(True)
    assert stored().due_at is None


@pytest.mark.django_db(transaction=True)
def test_it_is_adjusted_as_soon_as_the_refund_is_committed(paid):
    receipts.issue(paid, PHONE)
    paid.cancel(reason="returned")
    assert stored().status == "cancelled"


@pytest.mark.database
def test_what_could_not_be_cancelled_calls_an_operator_until_it_is(paid, refund, iamport_sandbox, later):
    receipts.issue(paid, PHONE)
    iamport_sandbox.fail_next("receipts.cancel", body=REFUSAL)
    refund()
    row = stored()
    assert (row.status, row.gateway_message, row.retry_at is not None) == ("issued", "취소 불가", True)
    assert [call.reason for call in OperatorCall.objects.open()] == ["cash_receipt_not_cancelled"]
    report = sync()
    assert (report.exit_code, codes(report)) == (4, ["cash_receipt_not_cancelled"])

    later(hours=1)

    assert sync().exit_code == 0
    assert (stored().status, OperatorCall.objects.open().exists()) == ("cancelled", False)


def test_a_gateway_that_is_down_leaves_it_for_the_next_run(paid, refund, iamport_sandbox):
    receipts.issue(paid, PHONE)
    iamport_sandbox.fail_next("receipts.find", disconnect=True, times=2)
    refund()
    assert (stored().status, stored().due_at is not None) == ("issued", True)
    assert sync().exit_code == 0
    assert stored().status == "cancelled"


def test_a_lost_answer_to_the_cancellation_is_looked_up(paid, iamport_sandbox, later):
    receipt = receipts.issue(paid, PHONE)
    iamport_sandbox.fail_next("receipts.cancel", disconnect=True, after=True)
    with pytest.raises(OutcomeUnknown):
        receipts.cancel(receipt, reason="wrong number")
    assert stored().status == "cancelling"
    later(minutes=3)
    sync()
    assert stored().status == "cancelled"
    assert iamport_sandbox.calls.count(f"DELETE /receipts/{paid.imp_uid}") == 1


def test_a_cancellation_that_was_never_sent_is_sent(paid, iamport_sandbox, later):
    receipt = receipts.issue(paid, PHONE)
    iamport_sandbox.fail_next("receipts.cancel", disconnect=True)
    with pytest.raises(OutcomeUnknown):
        receipts.cancel(receipt, reason="wrong number")
    sync()
    assert stored().status == "cancelling", "the call may still be under way"
    later(minutes=3)
    sync()
    assert stored().status == "cancelled"


def test_a_lost_answer_to_the_issue_is_looked_up(paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", disconnect=True, after=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    assert sync().exit_code == 0
    assert stored().status == "issued"


@pytest.mark.database
def test_that_none_was_issued_is_believed_after_minutes_and_not_at_once(paid, iamport_sandbox, later):
    iamport_sandbox.fail_next("receipts.issue", disconnect=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    sync()
    assert stored().status == "unknown"
    later(minutes=11)
    sync()
    assert (stored().status, stored().code) == ("refused", "cash_receipt_not_found")
    assert receipts.issue(paid, PHONE).is_issued


def test_an_earlier_receipt_is_not_taken_for_the_one_whose_answer_was_lost(paid, iamport_sandbox, later):
    receipts.cancel(receipts.issue(paid, PHONE), reason="wrong number")
    iamport_sandbox.fail_next("receipts.issue", disconnect=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    later(minutes=11)
    sync()
    assert [row.status for row in CashReceipt.objects.order_by("pk")] == ["cancelled", "refused"]


def test_money_that_goes_back_while_the_receipt_is_being_issued_is_adjusted(paid, iamport_sandbox):
    iamport_sandbox.meanwhile("receipts.issue", lambda: paid.cancel(20_000, reason="part"))
    receipts.issue(paid, PHONE)
    assert stored().due_at is not None
    sync()
    assert (stored().status, stored().is_renewal_wanted) == ("cancelled", True)


@pytest.mark.database
def test_two_workers_cancel_it_once(paid, iamport_sandbox):
    row = receipts.issue(paid, PHONE)
    paid.cancel(reason="returned")
    stale = CashReceipt.objects.get(pk=row.pk)
    iamport_sandbox.meanwhile("receipts.cancel", lambda: settling.settle(stale))
    settling.adjust_all(paid.merchant_uid)
    assert iamport_sandbox.calls.count(f"DELETE /receipts/{paid.imp_uid}") == 1
    assert stored().status == "cancelled"


@pytest.mark.database
def test_of_two_who_have_read_it_as_issued_one_alone_cancels_it(paid):
    row = receipts.issue(paid, PHONE)
    one, other = (CashReceipt.objects.get(pk=row.pk) for _worker in range(2))
    intent = {"reason": "refund", "by": "", "origin": Origin("sync")}
    assert [outcomes.cancelling(each, **intent) for each in (one, other)] == [True, False]
    assert noted(paid.merchant_uid).count("cash_receipt_cancelling") == 1


@pytest.mark.database
def test_a_dry_run_and_a_copy_of_the_data_change_nothing(paid, iamport_sandbox, settings):
    receipts.issue(paid, PHONE)
    CashReceipt.objects.update(due_at=paid.created)
    iamport_sandbox.reset_calls()
    sync(dry_run=True)
    settings.IAMPORT_COPIED_PREFIXES = ("test",)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "copy"
    sync()
    assert [call for call in iamport_sandbox.calls if "receipts" in call] == []
    assert stored().status == "issued"
