"""Every forgery that a browser can try, through every door: each ends unpaid, with a clear answer."""

import pytest
from django.test import Client
from django.urls import reverse

from django_iamport.models import Refund
from django_iamport.payments import request_pay
from tests.shop.models import Order, OrderTransaction
from tests.shopper import Shopper, words_of


def other_amount(gateway, attempt):
    return gateway.pay(attempt, amount=100)


def other_currency(gateway, attempt):
    return gateway.pay(attempt, currency="USD")


def test_channel(gateway, attempt):
    return gateway.pay(attempt, channel="test")


def registered_card(gateway, attempt):
    return gateway.pay(attempt, customer_uid="slipped-in")


def failed(gateway, attempt):
    return gateway.decline(attempt)


def closed_window(gateway, attempt):
    return gateway.close(attempt)


def open_window(gateway, attempt):
    return gateway.open(attempt)


def waiting_account(gateway, attempt):
    return gateway.issue_account(attempt)


def voided_account(gateway, attempt):
    imp_uid = gateway.issue_account(attempt)
    gateway.void(imp_uid)
    return imp_uid


def account_for_less(gateway, attempt):
    return gateway.issue_account(attempt, amount=100)


def refunded_before(gateway, attempt):
    imp_uid = gateway.pay(attempt)
    gateway.cancel_in_console(imp_uid)
    return imp_uid


def unknown(gateway, attempt):
    return "imp_000000000000"


def of_another_shop(gateway, attempt):
    return gateway.pay(merchant_uid="othershop123", amount=50_000)


def of_nobodys_attempt_with_our_prefix(gateway, attempt):
    return gateway.pay(merchant_uid="test" + "a" * 26, amount=50_000)


def of_another_order(gateway, attempt):
    return gateway.pay(Shopper().add(name="Cup", price=50_000, quantity=1).begin())


def replayed(gateway, attempt):
    other = Shopper().add(name="Cup", price=50_000, quantity=1)
    paid = other.begin()
    imp_uid = gateway.pay(paid)
    assert other.claim(paid, imp_uid).json()["status"] == "paid"
    return imp_uid


# forgery, the browser's answer: HTTP status, then the error's code or the payment's status; reason stored
FORGERIES = [
    (other_amount, 200, "cancelled", "forged"),
    (other_currency, 200, "cancelled", "forged"),
    (test_channel, 200, "rejected", "test_payment"),
    (registered_card, 200, "rejected", "not_a_payment"),
    (failed, 200, "failed", ""),
    (closed_window, 200, "failed", ""),
    (open_window, 200, "ready", ""),
    (waiting_account, 200, "ready", ""),
    (voided_account, 200, "cancelled", ""),
    (account_for_less, 200, "cancelled", ""),
    (refunded_before, 200, "cancelled", ""),
    (unknown, 503, "payment_unknown", ""),
    (of_another_shop, 404, "not_found", ""),
    (of_nobodys_attempt_with_our_prefix, 404, "not_found", ""),
    (of_another_order, 404, "not_found", ""),
    (replayed, 404, "not_found", ""),
]
HARMLESS = [forge for forge, http, *_ in FORGERIES if http != 200]
test_channel.__test__ = False


def by_redirect(shopper, attempt, imp_uid):
    query = request_pay.signed(attempt.merchant_uid)
    return shopper.client.get(f"{reverse('iamport:redirect')}?{query}&imp_uid={imp_uid}&imp_success=true")


def by_webhook(shopper, attempt, imp_uid):
    claimed = {"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid, "status": "paid", "amount": 50_000}
    return Client().post(reverse("iamport:webhook"), claimed, "application/json")


def is_unpaid(attempt):
    attempt.refresh_from_db()
    return (
        attempt.status != "paid"
        and attempt.verified_at is None
        and attempt.paid_order_key is None
        and Order.objects.get(pk=attempt.order_id).status == "ready"
    )


@pytest.mark.parametrize(("forge", "http", "said", "reason"), FORGERIES)
def test_a_forged_claim_of_the_browser_ends_unpaid_and_is_told_so(
    shopper, iamport_sandbox, heard, forge, http, said, reason
):
    attempt = shopper.begin()
    imp_uid = forge(iamport_sandbox, attempt)
    heard.sent.clear()
    response = shopper.claim(attempt, imp_uid, status="paid", success=True, amount=50_000)
    answer = response.json()
    assert (response.status_code, answer.get("status") or answer["error"]["code"]) == (http, said)
    assert is_unpaid(attempt)
    assert attempt.reject_reason == reason
    assert attempt.order not in [sent["order"] for sent in heard["payment_paid"]]
    assert "Thank you" not in words_of(shopper.receipt(attempt))


@pytest.mark.parametrize("bring", [by_redirect, by_webhook])
@pytest.mark.parametrize("forge", [forge for forge, *_ in FORGERIES])
def test_a_forged_redirect_or_webhook_ends_unpaid(shopper, iamport_sandbox, forge, bring):
    attempt = shopper.begin()
    bring(shopper, attempt, forge(iamport_sandbox, attempt))
    assert is_unpaid(attempt)


@pytest.mark.parametrize("forge", HARMLESS)
@pytest.mark.parametrize("bring", [Shopper.claim, by_redirect, by_webhook])
def test_a_claim_that_the_lookup_contradicts_harms_no_attempt(shopper, iamport_sandbox, forge, bring):
    attempt = shopper.begin()
    bring(shopper, attempt, forge(iamport_sandbox, attempt))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.imp_uid, attempt.answer) == ("ready", None, {})
    assert not Refund.objects.exists()
    assert shopper.claim(attempt, iamport_sandbox.pay(attempt)).json()["status"] == "paid"


def test_somebody_elses_payment_is_confirmed_for_its_own_order_and_spoken_of_to_nobody_else(
    shopper, stranger, iamport_sandbox
):
    attempt, mine = shopper.begin(), stranger.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    response = stranger.claim(mine, imp_uid)
    assert response.status_code == 404
    assert attempt.merchant_uid not in response.content.decode()
    attempt.refresh_from_db()
    mine.refresh_from_db()
    assert (attempt.status, mine.status) == ("paid", "ready")


def test_a_payment_of_my_other_order_pays_that_one(shopper, iamport_sandbox):
    first = shopper.begin()
    second = shopper.add(name="Cup", price=100).begin()
    answer = shopper.claim(second, iamport_sandbox.pay(first)).json()
    assert answer["merchant_uid"] == first.merchant_uid
    second.refresh_from_db()
    assert second.status == "ready"


def test_somebody_elses_attempt_cannot_be_claimed_even_with_its_own_payment(
    shopper, stranger, iamport_sandbox
):
    attempt = shopper.begin()
    iamport_sandbox.reset_calls()
    response = stranger.claim(attempt, iamport_sandbox.pay(attempt))
    assert response.status_code == 404
    assert iamport_sandbox.calls == []


def test_money_of_a_forged_amount_goes_back(shopper, iamport_sandbox):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    shopper.claim(attempt, imp_uid)
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 100


def test_a_second_tab_that_pays_the_same_order_is_refunded_and_the_first_stays_paid(shopper, iamport_sandbox):
    first = shopper.begin()
    iamport_sandbox.open(first)
    answer = shopper.checkout(str(first.order_id)).json()
    second = OrderTransaction.objects.get(merchant_uid=answer["merchant_uid"])
    assert shopper.claim(second, iamport_sandbox.pay(second)).json()["status"] == "paid"
    twice = iamport_sandbox.pay(first)
    assert shopper.claim(first, twice).json()["status"] == "cancelled"
    assert iamport_sandbox.payment(twice)["cancel_amount"] == 50_000
    second.refresh_from_db()
    assert (second.status, second.cancel_amount) == ("paid", 0)
