"""Issuing and cancelling: intent before the call, outcome after it, one receipt a payment."""

from decimal import Decimal

import pytest

from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.exceptions import (
    CashReceiptAmountInvalid,
    CashReceiptIdentifierInvalid,
    CashReceiptNotIssued,
    CashReceiptNotPossible,
    CashReceiptOpen,
    CashReceiptRefused,
)
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.exceptions import ChannelUnknown, GatewayError, InTransaction, OutcomeUnknown
from django_iamport.models import History
from django_iamport.sandbox.rules.channels import LIVE_KEY
from django_iamport.sandbox.rules.services import receipts as at_the_company
from django_iamport.sandbox.rules.services.receipts import ReceiptRequest
from tests.contrib.cash_receipts.conftest import PHONE, noted, stored
from tests.refunds.looking import ACCOUNT

REFUSAL = {"code": -1, "message": "등록되지 않은 번호 01012345678", "response": None}


@pytest.mark.database
def test_a_receipt_is_issued_for_what_is_held_and_the_number_is_not_kept(paid, iamport_sandbox):
    paid.cancel(20_000, reason="part")
    paid.refresh_from_db()
    iamport_sandbox.reset_calls()

    receipt = receipts.issue(paid, PHONE, by="customer:7")

    assert iamport_sandbox.calls == [f"POST /receipts/{paid.imp_uid}"]
    assert (receipt.status, receipt.amount, receipt.type) == ("issued", 30_000, "person")
    assert (receipt.masked_identifier, receipt.identifier_type) == ("010-****-5678", "phone")
    assert receipt.apply_num
    assert receipt.applied_at is not None
    columns = {**CashReceipt.objects.values().get(), "history": [*History.objects.values()]}
    assert "12345678" not in str(columns).replace("-", "")
    assert noted(paid.merchant_uid) == ["cash_receipt_sent", "cash_receipt_issued"]
    assert History.objects.filter(event="cash_receipt_issued").get().by == "customer:7"


def test_a_proof_of_expenses_is_on_a_business_number(paid):
    receipt = receipts.issue(paid, "120-81-47521", type="company")
    assert (receipt.type, receipt.identifier_type, receipt.masked_identifier) == (
        "company",
        "business",
        "***-**-*7521",
    )


def test_a_number_that_can_t_be_right_is_never_sent(paid, iamport_sandbox):
    with pytest.raises(CashReceiptIdentifierInvalid) as refused:
        receipts.issue(paid, "010-12-34")
    assert refused.value.problem == "unreadable"
    assert refused.value.__context__ is None
    assert (iamport_sandbox.calls, CashReceipt.objects.count()) == ([], 0)


@pytest.mark.parametrize("pay_method", ["card", "phone"])
def test_no_receipt_is_issued_of_what_is_no_cash(attempt, iamport_sandbox, confirm, pay_method):
    paid = confirm(attempt, iamport_sandbox.pay(attempt, pay_method=pay_method))
    with pytest.raises(CashReceiptNotPossible):
        receipts.issue(paid, PHONE)
    assert not CashReceipt.objects.exists()


def test_a_deposit_gets_a_receipt_neither_before_it_came_nor_after_it_went_back(
    attempt, iamport_sandbox, confirm
):
    waiting = confirm(attempt, iamport_sandbox.issue_account(attempt))
    with pytest.raises(CashReceiptNotPossible):
        receipts.issue(waiting, PHONE)
    iamport_sandbox.deposit(waiting.imp_uid)
    paid = confirm(attempt, waiting.imp_uid)
    assert receipts.issue(paid, PHONE).is_issued
    receipts.cancel(stored(), reason="wrong number")
    paid.cancel(reason="returned", refund_account=ACCOUNT)
    with pytest.raises(CashReceiptNotPossible):
        receipts.issue(paid, PHONE)


def test_a_copy_of_the_data_issues_nothing(paid, settings):
    settings.IAMPORT_COPIED_PREFIXES = ("test",)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "copy"
    with pytest.raises(CashReceiptNotPossible):
        receipts.issue(paid, PHONE)


@pytest.mark.database
def test_a_second_receipt_is_refused_before_anything_is_sent(paid, iamport_sandbox):
    receipts.issue(paid, PHONE)
    iamport_sandbox.reset_calls()
    with pytest.raises(CashReceiptOpen):
        receipts.issue(paid, "010-9999-9999")
    assert (iamport_sandbox.calls, CashReceipt.objects.count()) == ([], 1)


@pytest.mark.database
def test_a_second_click_while_the_first_is_under_way_sends_nothing(paid, iamport_sandbox):
    refused = []

    def click_again():
        with pytest.raises(CashReceiptOpen) as second:
            receipts.issue(paid, PHONE)
        refused.append(second.value.code)

    iamport_sandbox.meanwhile("receipts.issue", click_again)
    receipts.issue(paid, PHONE)
    assert refused == ["cash_receipt_open"]
    assert iamport_sandbox.calls == [f"POST /receipts/{paid.imp_uid}"]


def test_a_refusal_is_kept_in_the_company_s_words_without_the_number_and_can_be_tried_again(
    paid, iamport_sandbox
):
    iamport_sandbox.fail_next("receipts.issue", body=REFUSAL)
    with pytest.raises(CashReceiptRefused) as refused:
        receipts.issue(paid, PHONE)
    assert refused.value.gateway_message.startswith("등록되지 않은 번호")
    assert "12345678" not in str(refused.value)
    row = stored()
    assert (row.status, row.gateway_message) == ("refused", "등록되지 않은 번호 ***")
    assert [*CashReceipt.objects.all().needing_somebody()] == [row]
    assert receipts.issue(paid, PHONE).is_issued


def test_what_never_arrived_is_told_as_it_is(paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", status=401, times=3)
    with pytest.raises(GatewayError) as refused:
        receipts.issue(paid, PHONE)
    assert refused.value.code == "gateway_authentication"
    assert stored().status == "refused"


def test_the_receipt_of_the_payment_window_is_found_instead_of_a_second_one(paid, iamport_sandbox):
    at_the_company.issue(iamport_sandbox.account, paid.imp_uid, ReceiptRequest("010-9999-9999"))
    with pytest.raises(CashReceiptOpen):
        receipts.issue(paid, PHONE)
    row = stored()
    assert (row.status, row.amount, row.masked_identifier) == ("issued", 50_000, "")


def test_a_lookup_finds_the_receipt_of_the_payment_window(paid, iamport_sandbox):
    assert receipts.look_up(paid) is None
    at_the_company.issue(iamport_sandbox.account, paid.imp_uid, ReceiptRequest("010-9999-9999"))
    found = receipts.look_up(paid)
    assert (found.status, found.amount) == ("issued", 50_000)
    assert receipts.look_up(paid).pk == found.pk


def test_nothing_is_asked_inside_a_transaction(paid, iamport_sandbox):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(InTransaction):
        receipts.issue(paid, PHONE)
    assert iamport_sandbox.calls == []


# Parts.


def test_the_order_says_which_part_is_free_of_tax(paid, monkeypatch):
    hook = lambda order, transaction: {"tax_free": transaction.held_amount - 11_000}  # noqa: E731
    monkeypatch.setattr(type(paid.order), "get_cash_receipt_fields", hook, raising=False)
    assert receipts.issue(paid, PHONE).vat == 1_000


def test_it_is_asked_of_the_payment_as_it_is_when_the_receipt_is_wanted(paid, monkeypatch):
    hook = lambda order, transaction: {"tax_free": transaction.held_amount}  # noqa: E731
    monkeypatch.setattr(type(paid.order), "get_cash_receipt_fields", hook, raising=False)
    type(paid).objects.get(pk=paid.pk).cancel(20_000, reason="part")
    receipt = receipts.issue(paid, PHONE)
    assert (receipt.amount, receipt.vat) == (30_000, 0)


@pytest.mark.parametrize(
    "parts",
    [{"tax_free": 50_001}, {"vat_amount": -1}, {"tax_free": Decimal("0.5")}, {"tax_free": Decimal("NaN")}],
)
def test_parts_that_are_no_parts_are_refused(paid, iamport_sandbox, parts):
    with pytest.raises(CashReceiptAmountInvalid):
        receipts.issue(paid, PHONE, **parts)
    assert iamport_sandbox.calls == []


# Cancelling.


@pytest.mark.database
def test_a_receipt_is_cancelled_once(paid, iamport_sandbox):
    receipt = receipts.issue(paid, PHONE)
    cancelled = receipts.cancel(receipt, reason="wrong number 010-1234-5678", by="operator:1")
    assert (cancelled.status, cancelled.cancelled_by, cancelled.reason) == (
        "cancelled",
        "operator:1",
        "wrong number ***",
    )
    assert cancelled.cancelled_at is not None
    with pytest.raises(CashReceiptNotIssued):
        receipts.cancel(receipt, reason="again")
    assert iamport_sandbox.calls.count(f"DELETE /receipts/{paid.imp_uid}") == 1
    assert receipts.issue(paid, "010-1111-2222").is_issued


def test_what_was_cancelled_in_the_console_is_cancelled_here(paid, iamport_sandbox):
    receipt = receipts.issue(paid, PHONE)
    at_the_company.cancel(iamport_sandbox.account, paid.imp_uid)
    assert receipts.cancel(receipt, reason="wrong").status == "cancelled"


def test_a_refused_cancellation_leaves_it_issued_and_listed(paid, iamport_sandbox):
    receipt = receipts.issue(paid, PHONE)
    iamport_sandbox.fail_next("receipts.cancel", body={"code": -1, "message": "취소 불가", "response": None})
    with pytest.raises(CashReceiptRefused):
        receipts.cancel(receipt, reason="wrong")
    row = stored()
    assert (row.status, row.gateway_message) == ("issued", "취소 불가")
    assert [*CashReceipt.objects.all().needing_somebody()] == [row]


def test_the_company_s_words_are_kept_without_the_number_that_was_not_sent_this_time(paid, iamport_sandbox):
    receipt = receipts.issue(paid, PHONE)
    refusal = {"code": -1, "message": "010-1234-5678: 취소 불가", "response": None}
    iamport_sandbox.fail_next("receipts.cancel", body=refusal)
    with pytest.raises(CashReceiptRefused):
        receipts.cancel(receipt, reason="wrong")
    assert stored().gateway_message == "***: 취소 불가"


# Sales elsewhere.


@pytest.mark.database
def test_cash_taken_elsewhere_gets_a_receipt_once(db, iamport_sandbox, settings):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    number = receipts.new_merchant_uid()
    sale = {"name": "현장 판매", "reference": "counter 17", "merchant_uid": number}
    receipt = receipts.issue_external(11_000, PHONE, **sale)
    assert (receipt.status, receipt.amount, receipt.vat, receipt.kind) == (
        "issued",
        11_000,
        1_000,
        "external",
    )
    with pytest.raises(CashReceiptOpen):
        receipts.issue_external(11_000, PHONE, **sale)
    assert receipts.cancel(receipt, reason="returned").status == "cancelled"
    with pytest.raises(CashReceiptOpen):
        receipts.issue_external(11_000, PHONE, **sale)
    assert len([call for call in iamport_sandbox.calls if call.startswith("POST /receipts")]) == 1


def test_a_sale_elsewhere_whose_receipt_was_refused_is_tried_again_under_its_number(
    db, iamport_sandbox, settings
):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    sale = {"name": "현장 판매", "merchant_uid": receipts.new_merchant_uid()}
    iamport_sandbox.fail_next("receipts.issue_external", body=REFUSAL)
    with pytest.raises(CashReceiptRefused):
        receipts.issue_external(11_000, PHONE, **sale)
    assert CashReceipt.objects.all().needing_somebody().exists()
    assert receipts.issue_external(11_000, "010-1111-2222", **sale).is_issued
    assert not CashReceipt.objects.all().needing_somebody().exists()


@pytest.mark.database
def test_a_sale_elsewhere_that_the_company_knows_already_is_taken_in(db, iamport_sandbox, settings):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    sale = {"name": "현장 판매", "merchant_uid": receipts.new_merchant_uid()}
    at_the_company.issue_external(
        iamport_sandbox.account, sale["merchant_uid"], Decimal(11_000), ReceiptRequest(PHONE)
    )
    with pytest.raises(CashReceiptOpen):
        receipts.issue_external(11_000, PHONE, **sale)
    assert (stored().status, stored().masked_identifier) == ("issued", "")


def test_a_sale_elsewhere_needs_a_channel_and_whole_won(db, iamport_sandbox, settings):
    with pytest.raises(ChannelUnknown):
        receipts.issue_external(11_000, PHONE, name="Tea")
    settings.IAMPORT_CHANNELS = {"counter": {"channelKey": LIVE_KEY}}
    for amount in (0, -1, Decimal("10.5"), Decimal("NaN"), Decimal("Infinity"), 10**12):
        with pytest.raises(CashReceiptAmountInvalid):
            receipts.issue_external(amount, PHONE, name="Tea", channel="counter")
    assert receipts.issue_external(11_000, PHONE, name="Tea", channel="counter").channel_name == "counter"


# Lost answers.


def test_a_lost_answer_is_not_asked_for_twice(paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", disconnect=True, after=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    with pytest.raises(CashReceiptOpen):
        receipts.issue(paid, PHONE)
    row = stored()
    assert row.status == "unknown"
    receipts.sync(row)
    assert (row.status, row.code) == ("issued", "")
