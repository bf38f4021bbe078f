"""Cash receipts at the desk: what failed is listed, who may issue, and who may cancel."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import include, path

from django_iamport.admin import TransactionAdminMixin
from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.admin import CashReceiptAdmin, CashReceiptButtonMixin
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.contrib.cash_receipts.rules import VOLUNTARY
from django_iamport.models import History
from django_iamport.sandbox.rules.channels import LIVE_KEY
from tests.admin.desk import at_the_desk, change, hire, page
from tests.admin.test_buttons import told
from tests.contrib.cash_receipts.conftest import PHONE, stored
from tests.error_mail import broken, error_mails
from tests.shop.models import OrderTransaction

site = admin.AdminSite()


@admin.register(OrderTransaction, site=site)
class OrderTransactionAdmin(CashReceiptButtonMixin, TransactionAdminMixin, admin.ModelAdmin):
    pass


site.register(CashReceipt, CashReceiptAdmin)
urlpatterns = [path("admin/", site.urls), path("pay/", include("django_iamport.urls"))]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.on_each_pair]
ASKED = {"type": "person", "identifier": PHONE}
REFUSAL = {"code": -1, "message": "번호 오류", "response": None}
LIST = "/admin/iamport_cash_receipts/cashreceipt/"


@pytest.fixture
def boss(client, db):
    client.force_login(User.objects.create_superuser("boss"))
    return client


def sign_in(client, *permissions):
    client.force_login(hire(*permissions))
    return client


def test_an_operator_issues_it_from_the_payment_s_page(boss, paid):
    address = page("cash_receipt", paid)
    assert address in boss.get(change(paid)).content.decode()
    assert told(boss.post(address, ASKED)) == "A cash receipt for ₩50,000 was issued."
    assert (stored().status, stored().by) == ("issued", at_the_desk())
    shown = boss.get(address).content.decode()
    assert "010-****-5678" in shown
    assert f"{LIST}{stored().pk}/change/" in shown
    assert 'name="identifier"' not in shown


def test_a_customer_without_a_number_gets_it_on_the_tax_office_s_own(boss, paid):
    assert (
        "This field is required."
        in boss.post(page("cash_receipt", paid), {"type": "person"}).content.decode()
    )
    boss.post(page("cash_receipt", paid), {"type": "person", "is_voluntary": "on", "tax_free": "6000"})
    row = stored()
    assert (row.status, row.masked_identifier[-4:], row.vat) == ("issued", VOLUNTARY[-4:], 4_000)


def test_a_refusal_is_told_in_the_company_s_words_and_listed(boss, paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", body=REFUSAL)
    assert "번호 오류" in boss.post(page("cash_receipt", paid), ASKED).content.decode()
    listed = boss.get(LIST, {"attention": "any"}).content.decode()
    assert "번호 오류" in listed
    assert paid.merchant_uid in listed
    boss.post(page("cash_receipt", paid), ASKED)
    assert "번호 오류" not in boss.get(LIST, {"attention": "any"}).content.decode()


def test_a_rest_that_waits_for_a_number_is_listed(boss, paid, refund):
    receipts.issue(paid, PHONE)
    refund(20_000)
    assert "a receipt for the rest needs" in boss.get(LIST, {"attention": "any"}).content.decode()


def test_an_operator_looks_up_and_cancels(boss, paid):
    receipt = receipts.issue(paid, PHONE)
    shown = boss.get(f"{LIST}{receipt.pk}/change/").content.decode()
    assert f"{LIST}{receipt.pk}/cancel/" in shown
    assert told(boss.post(f"{LIST}{receipt.pk}/sync/")) == "The gateway was asked. The cash receipt: issued."
    assert boss.get(f"{LIST}{receipt.pk}/sync/").status_code == 405
    assert "required" in boss.post(f"{LIST}{receipt.pk}/cancel/", {"reason": "x"}).content.decode()
    done = boss.post(f"{LIST}{receipt.pk}/cancel/", {"reason": "wrong number", "confirmed": "on"})
    assert told(done) == "The cash receipt was cancelled."
    assert (stored().status, stored().cancelled_by) == ("cancelled", at_the_desk())


def test_a_sale_elsewhere_is_issued_once_however_often_it_is_sent(boss, iamport_sandbox, settings):
    settings.IAMPORT_CHANNELS = {"counter": {"channelKey": LIVE_KEY}}
    form = boss.get(f"{LIST}issue/").context["form"]
    sale = {
        **ASKED,
        "name": "Moon jar",
        "amount": "88000",
        "channel": "counter",
        "merchant_uid": form["merchant_uid"].value(),
    }
    assert told(boss.post(f"{LIST}issue/", sale)) == "A cash receipt for ₩88,000 was issued."
    boss.post(f"{LIST}issue/", sale)
    assert CashReceipt.objects.count() == 1
    forged = boss.post(f"{LIST}issue/", {**sale, "merchant_uid": "test1234"})
    assert "already been used" in forged.content.decode()


def test_a_refused_sale_elsewhere_can_be_sent_again(boss, iamport_sandbox, settings):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    iamport_sandbox.fail_next("receipts.issue_external", body=REFUSAL)
    sale = {**ASKED, "name": "Tea", "amount": "9000"}
    sale["merchant_uid"] = boss.get(f"{LIST}issue/").context["form"]["merchant_uid"].value()
    again = boss.post(f"{LIST}issue/", sale)
    assert "번호 오류" in again.content.decode()
    sale["merchant_uid"] = again.context["form"]["merchant_uid"].value()
    assert told(boss.post(f"{LIST}issue/", sale)) == "A cash receipt for ₩9,000 was issued."


def test_one_that_was_given_up_is_marked_as_settled(boss, iamport_sandbox, settings):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    iamport_sandbox.fail_next("receipts.issue_external", body=REFUSAL)
    sale = {**ASKED, "name": "Tea", "amount": "9000"}
    sale["merchant_uid"] = boss.get(f"{LIST}issue/").context["form"]["merchant_uid"].value()
    boss.post(f"{LIST}issue/", sale)
    address = f"{LIST}{stored().pk}/dismiss/"
    assert address in boss.get(f"{LIST}{stored().pk}/change/").content.decode()
    assert "required" in boss.post(address, {}).content.decode()
    done = boss.post(address, {"reason": "the customer left"})
    assert told(done) == "The cash receipt was marked as settled."
    assert stored().merchant_uid not in boss.get(LIST, {"attention": "any"}).content.decode()
    assert "번호 오류" not in boss.get(LIST).content.decode()
    assert address not in boss.get(f"{LIST}{stored().pk}/change/").content.decode()
    line = History.objects.get(event="cash_receipt_dismissed")
    assert (line.merchant_uid, line.reason, line.by) == (
        stored().merchant_uid,
        "the customer left",
        at_the_desk(),
    )


def test_a_rest_that_gets_no_other_receipt_is_marked_as_settled(boss, paid, refund):
    receipts.issue(paid, PHONE)
    refund(20_000)
    boss.post(f"{LIST}{stored().pk}/dismiss/", {"reason": "he wants none"})
    assert not CashReceipt.objects.needing_somebody().exists()
    assert (stored().status, stored().reason) == ("cancelled", "refund")


def test_what_is_valid_or_unknown_is_not_marked_as_settled(boss, paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", timeout=True)
    boss.post(page("cash_receipt", paid), ASKED)
    assert stored().status == "unknown"
    assert "/dismiss/" not in boss.get(f"{LIST}{stored().pk}/change/").content.decode()
    done = boss.post(f"{LIST}{stored().pk}/dismiss/", {"reason": "x"})
    assert "being processed" in told(done)
    assert [*CashReceipt.objects.needing_somebody()] == [stored()]


def test_what_needs_somebody_is_on_the_overview(boss, paid, iamport_sandbox):
    overview = "/admin/shop/ordertransaction/overview/"
    words = "Cash receipts that failed"
    assert words not in boss.get(overview).content.decode()
    iamport_sandbox.fail_next("receipts.issue", body=REFUSAL)
    boss.post(page("cash_receipt", paid), ASKED)
    shown = boss.get(overview).content.decode()
    assert words in shown
    assert f"{LIST}?attention=any" in shown
    boss.post(f"{LIST}{stored().pk}/dismiss/", {"reason": "he wants none"})
    assert words not in boss.get(overview).content.decode()


def test_issuing_and_cancelling_are_permissions_of_their_own(client, paid):
    receipt = receipts.issue(paid, PHONE)
    worker = sign_in(client, "view_payments")
    assert worker.get(f"{LIST}{receipt.pk}/change/").status_code == 200
    assert worker.get(page("cash_receipt", paid)).status_code == 200
    assert worker.post(page("cash_receipt", paid), ASKED).status_code == 403
    assert worker.get(f"{LIST}{receipt.pk}/cancel/").status_code == 403
    assert worker.get(f"{LIST}{receipt.pk}/dismiss/").status_code == 403
    assert worker.get(f"{LIST}issue/").status_code == 403
    assert f"{LIST}issue/" not in worker.get(LIST).content.decode()
    assert worker.get(f"{LIST}add/").status_code == 403
    assert worker.post(f"{LIST}{receipt.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_may_not_look_sees_nothing(client, paid):
    worker = sign_in(client)
    assert worker.get(page("cash_receipt", paid)).status_code == 403
    assert worker.get(LIST).status_code == 403


def test_an_error_report_of_the_desk_does_not_name_the_number(boss, paid, monkeypatch, settings):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    for name in ("issue", "issue_external"):
        monkeypatch.setattr(receipts.gateway, name, broken)
    boss.raise_request_exception = False
    form = boss.get(f"{LIST}issue/").context["form"]
    elsewhere = {"name": "Tea", "amount": "11000", "merchant_uid": form["merchant_uid"].value(), **ASKED}
    with error_mails() as mails:
        assert boss.post(page("cash_receipt", paid), ASKED).status_code == 500
        assert boss.post(f"{LIST}issue/", {**elsewhere, "buyer_tel": "02-987-6543"}).status_code == 500
        assert mails()
        for text in mails():
            assert [told for told in ("12345678", "029876543") if told in text.replace("-", "")] == []
