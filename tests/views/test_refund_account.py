"""The customer's page: what goes back, and the account that a deposit is returned to."""

import time

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import RefundNotKnown
from django_iamport.forms import RefundAccount
from django_iamport.models import History, Refund
from django_iamport.payments import request_pay
from django_iamport.views import OrderCompleteView
from tests.shop.models import OrderTransaction

FORM = {"bank": "088", "account": "110-123-456789", "holder": "홍길동", "tel": ""}


@pytest.fixture
def shopper(shopper, user):
    shopper.client.force_login(user)
    return shopper


@pytest.fixture
def attempt(shopper, iamport_sandbox):
    """A deposit over a forged amount, which the shop doesn't want."""
    attempt = shopper.begin()
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    shopper.claim(attempt, imp_uid)
    return OrderTransaction.objects.get()


def post(shopper, attempt, **fields):
    return shopper.client.post(f"/pay/order/complete/{attempt.merchant_uid}/", {**FORM, **fields})


def text(response):
    return response.content.decode()


def there(gateway, attempt):
    return gateway.payment(attempt.imp_uid)["cancel_amount"]


def test_the_page_says_what_goes_back_and_asks_for_the_account(shopper, attempt):
    page = text(shopper.receipt(attempt))

    assert "₩60,000 will be refunded to you." in page
    assert "Which account should we refund it to?" in page
    for field in ("bank", "account", "holder", "tel"):
        assert f'name="{field}"' in page


def test_the_money_goes_to_that_account_which_is_forgotten(shopper, user, attempt, iamport_sandbox):
    answer = post(shopper, attempt)

    refund = Refund.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/pay/order/complete/{attempt.merchant_uid}/")
    assert (refund.status, refund.refund_account, refund.by) == ("done", "", f"customer:{user.pk}")
    assert there(iamport_sandbox, attempt) == 60_000
    page = text(shopper.receipt(attempt))
    assert "₩60,000 was refunded to you." in page
    assert "110-123-456789" not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"bank": "999"}, "Select a valid choice"),
        ({"bank": ""}, "This field is required"),
        ({"account": "12"}, "6 to 20 digits"),
        ({"account": "abc"}, "6 to 20 digits"),
        ({"holder": ""}, "This field is required"),
        ({"tel": "x"}, "8 to 15 digits"),
    ],
)
def test_an_account_that_cannot_be_is_shown_again_with_what_is_wrong(
    shopper, attempt, iamport_sandbox, wrong, words
):
    answer = post(shopper, attempt, **wrong)

    assert (answer.status_code, there(iamport_sandbox, attempt)) == (400, 0)
    assert words in text(answer)
    assert not Refund.objects.get().has_account


def test_only_the_owner_may_name_an_account(stranger, attempt, iamport_sandbox):
    assert post(stranger, attempt).status_code == 404
    assert there(iamport_sandbox, attempt) == 0


def test_the_form_needs_its_token(shopper, attempt, iamport_sandbox):
    shopper.client.handler.enforce_csrf_checks = True

    assert post(shopper, attempt).status_code == 403
    assert there(iamport_sandbox, attempt) == 0


def test_what_waits_for_no_account_takes_none(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    attempt.refresh_from_db()

    assert post(shopper, attempt).status_code == 302
    assert (Refund.objects.count(), there(iamport_sandbox, attempt)) == (0, 0)
    assert "returned to you" not in text(shopper.receipt(attempt))


def test_where_the_bank_refuses_it_the_page_asks_again_and_shows_no_number(shopper, attempt, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "계좌오류", "response": None})
    post(shopper, attempt)

    page = text(shopper.receipt(attempt))
    assert "The refund to this account failed." in page
    shown = page.split("<form")[1]
    assert "110-123" not in shown
    assert "110123" not in shown
    assert post(shopper, attempt).status_code == 302
    assert there(iamport_sandbox, attempt) == 60_000


def test_a_gateway_that_is_down_loses_no_account(shopper, attempt, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)

    assert post(shopper, attempt).status_code == 302
    assert Refund.objects.get().has_account


def test_the_banks_are_those_of_the_payment_company(shopper, attempt, iamport_sandbox):
    OrderTransaction._base_manager.update(pg_provider="welcome")

    page = text(shopper.receipt(attempt))
    assert 'value="088"' in page
    assert 'value="011"' not in page
    assert post(shopper, attempt, bank="011").status_code == 400


def test_a_part_that_went_back_is_told(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    OrderTransaction.objects.get().cancel(10_000, reason="one cup broke")

    assert "₩10,000 was refunded to you." in text(shopper.receipt(attempt))


# Who may say where it goes.


@pytest.fixture
def guest(stranger, iamport_sandbox):
    """A deposit of somebody without a login, who still has the session of the purchase."""
    attempt = stranger.begin()
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    stranger.claim(attempt, imp_uid)
    return OrderTransaction.objects.get()


def give(client, address, **fields):
    return client.post(address, {**FORM, **fields})


def test_staff_who_may_see_the_receipt_may_not_say_where_the_money_goes(
    shopper, attempt, iamport_sandbox, monkeypatch, django_user_model
):
    monkeypatch.setattr(OrderCompleteView, "may_see", lambda view, order: view.request.user.is_staff)
    staff = Client()
    staff.force_login(django_user_model.objects.create_user("lee", is_staff=True, is_superuser=True))

    page = staff.get(f"/pay/order/complete/{attempt.merchant_uid}/")
    assert "will be refunded to you" in text(page)
    assert 'name="account"' not in text(page)
    assert staff.post(f"/pay/order/complete/{attempt.merchant_uid}/", FORM).status_code == 403
    assert (Refund.objects.get().has_account, there(iamport_sandbox, attempt)) == (False, 0)


def test_a_session_alone_may_not_say_where_the_money_goes(stranger, guest, iamport_sandbox):
    page = text(stranger.receipt(guest))

    assert "₩60,000 will be refunded to you." in page
    assert 'name="account"' not in page
    assert "The shop will contact you" in page
    assert post(stranger, guest).status_code == 403
    assert there(iamport_sandbox, guest) == 0


def test_a_guest_says_it_through_the_address_that_the_shop_mailed(guest, iamport_sandbox, heard):
    address = guest.get_refund_account_url()
    page = Client().get(address)

    assert address.startswith("http://testserver/pay/refund_account/")
    assert 'name="account"' in text(page)
    assert guest.merchant_uid not in text(page)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"

    assert give(Client(), address).status_code == 200
    assert (Refund.objects.get().status, there(iamport_sandbox, guest)) == ("done", 60_000)
    told = heard["refund_account_given"]
    assert [(each["transaction"], each["by"]) for each in told] == [(guest, "customer")]
    line = History.objects.get(event="refund_account_given")
    assert (line.source, line.by, line.amount) == ("link", "customer", 60_000)
    assert "110" not in f"{line.reason}{line.heard}"


def test_the_address_is_for_one_account(guest, iamport_sandbox):
    address = guest.get_refund_account_url()
    refused = {"code": 1, "message": "계좌오류", "response": None}
    iamport_sandbox.fail_next("payments.cancel", body=refused)
    give(Client(), address)
    assert Refund.objects.get().needs_account

    again = give(Client(), address, account="999-999-999999")
    assert (again.status_code, there(iamport_sandbox, guest)) == (410, 0)
    assert Refund.objects.get().refund_account == "110123456789"
    assert 'name="account"' not in text(Client().get(address))

    assert give(Client(), guest.get_refund_account_url()).status_code == 200
    assert there(iamport_sandbox, guest) == 60_000


def test_a_form_with_mistakes_does_not_use_the_address_up(guest, iamport_sandbox):
    address = guest.get_refund_account_url()
    assert give(Client(), address, account="1").status_code == 400
    assert give(Client(), address).status_code == 200
    assert there(iamport_sandbox, guest) == 60_000


def test_under_the_lock_an_address_that_was_used_meanwhile_gives_nothing(guest):
    link = guest.get_refund_account_url().rstrip("/").rpartition("/")[2]
    Refund.objects.update(account_given_at=timezone.now())
    with pytest.raises(RefundNotKnown):
        guest.retry_refund(refund_account=RefundAccount("088", "110123456789", "홍길동"), link=link)
    assert not Refund.objects.get().has_account


def test_the_address_ends_after_fourteen_days(guest, monkeypatch):
    address = guest.get_refund_account_url()
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 14 * 86_400 - 60)
    assert Client().get(address).status_code == 200
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 14 * 86_400 + 60)
    assert give(Client(), address).status_code == 404


def test_no_other_signature_opens_it(guest):
    returned = request_pay.signed(guest.merchant_uid).partition("=")[2]
    for link in (returned, signing.dumps([guest.merchant_uid, "1", ""]), guest.merchant_uid, "x"):
        assert give(Client(), f"/pay/refund_account/{link}/").status_code == 404


def test_where_no_account_is_waited_for_there_is_no_address(shopper, iamport_sandbox):
    attempt = shopper.begin()
    with pytest.raises(RefundNotKnown):
        attempt.get_refund_account_url()


def test_a_receiver_that_fails_stores_no_account_and_does_not_thank(guest, iamport_sandbox, receive):
    def fail(**told):
        raise ValueError("a bug")

    receive(signals.refund_account_given, fail)
    assert give(Client(), guest.get_refund_account_url()).status_code == 410
    assert not Refund.objects.get().has_account
