"""The customer's page: who sees it, who asks, and what never leaves it."""

import pytest
from django.contrib.auth.models import User
from django.template import Context, Template
from django.test import Client

from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.models import CashReceipt
from tests.contrib.cash_receipts.conftest import PHONE, stored
from tests.error_mail import broken, error_mails
from tests.shopper import Shopper, state

ASKED = {"type": "person", "identifier": PHONE}


@pytest.fixture
def shopper():
    return Shopper()


@pytest.fixture
def bought(shopper, iamport_sandbox, confirm, db):
    """A transfer that the shopper made."""
    attempt = shopper.begin()
    return confirm(attempt, iamport_sandbox.pay(attempt, pay_method="trans"))


def address(transaction):
    return f"/cash-receipt/{transaction.merchant_uid}/"


def linked(transaction):
    tag = "{% load iamport_cash_receipts %}{% iamport_cash_receipt transaction %}"
    return Template(tag).render(Context({"transaction": transaction}))


def test_a_customer_asks_for_his_receipt_and_reads_it(shopper, bought):
    assert address(bought) in linked(bought)
    page = shopper.client.get(address(bought))
    assert (state(page), page.headers["Cache-Control"]) == ("none", "no-store")

    answer = shopper.client.post(address(bought), ASKED)

    assert answer.headers["Location"] == address(bought)
    page = shopper.client.get(address(bought))
    assert state(page) == "issued"
    assert "010-****-5678" in page.content.decode()
    assert "<form" not in page.content.decode()
    assert (stored().by, stored().amount) == ("customer", 50_000)
    assert "A cash receipt for" in linked(bought)


def test_nobody_else_sees_or_asks(bought):
    User.objects.create_user("other", password="x")
    stranger = Client()
    stranger.login(username="other", password="x")
    for client in (Client(), stranger):
        assert client.get(address(bought)).status_code == 404
        assert client.post(address(bought), ASKED).status_code == 404
    assert Client().get("/cash-receipt/nothing/").status_code == 404
    assert not CashReceipt.objects.exists()


def test_another_site_s_page_can_t_ask(shopper, bought):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = shopper.client.cookies
    assert browser.post(address(bought), ASKED).status_code == 403
    assert not CashReceipt.objects.exists()


def test_seeing_is_not_yet_asking(shopper, bought, monkeypatch):
    from django_iamport.contrib.cash_receipts.views import CashReceiptView

    monkeypatch.setattr(CashReceiptView, "may_ask_cash_receipt", lambda view, order: False)
    assert "<form" not in shopper.client.get(address(bought)).content.decode()
    assert shopper.client.post(address(bought), ASKED).status_code == 403


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"identifier": "010-12"},
            "Please enter the complete number of a mobile phone, a cash receipt card or a business.",
        ),
        (
            {"identifier": "900101-1234567"},
            "Please enter the complete number of a mobile phone, a cash receipt card or a business.",
        ),
        ({"identifier": "120-81-47522", "type": "company"}, "not a valid business registration number"),
        ({"type": "company"}, "does not fit the purpose"),
        ({"type": "gift"}, "Select a valid choice"),
    ],
)
def test_a_wrong_number_is_told_and_not_sent(shopper, bought, iamport_sandbox, fields, text):
    iamport_sandbox.reset_calls()
    page = shopper.client.post(address(bought), {**ASKED, **fields})
    assert page.status_code == 400
    assert text in page.content.decode()
    assert (iamport_sandbox.calls, CashReceipt.objects.count()) == ([], 0)


def test_a_refusal_is_told_and_asked_again(shopper, bought, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", body={"code": -1, "message": "번호 오류", "response": None})
    page = shopper.client.post(address(bought), ASKED)
    assert page.status_code == 409
    assert "did not accept the cash receipt" in page.content.decode()
    assert state(page) == "refused"
    assert shopper.client.post(address(bought), ASKED).status_code == 302


def test_a_lost_answer_and_a_second_click_show_how_it_stands(shopper, bought, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", disconnect=True)
    assert shopper.client.post(address(bought), ASKED).status_code == 302
    assert shopper.client.post(address(bought), ASKED).status_code == 302
    assert state(shopper.client.get(address(bought))) == "unknown"
    assert CashReceipt.objects.count() == 1


def test_a_visitor_who_asks_too_often_has_to_wait(shopper, bought, iamport_sandbox, settings):
    settings.IAMPORT_ATTEMPT_BUDGET = (1, 600)
    iamport_sandbox.fail_next("receipts.issue", times=9, body={"code": -1, "message": "", "response": None})
    answers = [shopper.client.post(address(bought), ASKED) for _click in range(3)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_after_a_partial_refund_the_page_asks_again(shopper, bought):
    receipts.issue(bought, PHONE)
    CashReceipt.objects.update(status="cancelled", open_key=None, is_renewal_wanted=True)
    page = shopper.client.get(address(bought)).content.decode()
    assert "Enter your number again" in page
    assert "<form" in page


def test_a_card_payment_shows_nothing_of_it(shopper, iamport_sandbox, confirm, db):
    attempt = shopper.begin()
    paid = confirm(attempt, iamport_sandbox.pay(attempt))
    assert linked(paid).strip() == ""
    page = shopper.client.get(address(paid)).content.decode()
    assert "No cash receipt can be issued" in page
    assert "<form" not in page


def test_the_line_on_the_receipt_costs_one_query_and_no_call(
    bought, iamport_sandbox, django_assert_num_queries
):
    receipts.issue(bought, PHONE)
    iamport_sandbox.reset_calls()
    with django_assert_num_queries(1):
        linked(bought)
    assert iamport_sandbox.calls == []


def test_an_error_report_of_what_failed_with_the_number_in_hand_does_not_name_it(
    shopper, bought, monkeypatch
):
    monkeypatch.setattr(receipts.gateway, "issue", broken)
    shopper.client.raise_request_exception = False
    with error_mails() as mails:
        assert shopper.client.post(address(bought), ASKED).status_code == 500
        assert mails()
        for text in mails():
            assert "12345678" not in text.replace("-", "")
