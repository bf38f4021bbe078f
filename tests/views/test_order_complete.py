"""The receipt: the real state, for its owner, and "thank you" for proven money alone."""

from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth import get_user_model

from django_iamport.models import AbstractTransaction
from django_iamport.views import OrderCompleteView
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab, state, words_of


def paid(gateway, attempt):
    return gateway.pay(attempt)


def partly_refunded(gateway, attempt):
    imp_uid = gateway.pay(attempt)
    gateway.cancel_in_console(imp_uid, 10_000)
    return imp_uid


def refunded_in_the_console(gateway, attempt):
    imp_uid = gateway.pay(attempt)
    gateway.cancel_in_console(imp_uid)
    return imp_uid


STATES = [
    (paid, "paid", "Thank you, your payment is complete."),
    (partly_refunded, "paid", "Thank you, your payment is complete."),
    (refunded_in_the_console, "cancelled", "The payment was cancelled."),
    (lambda g, a: g.decline(a), "failed", "Nothing was charged"),
    (lambda g, a: g.open(a), "ready", "The payment is not complete yet."),
    (lambda g, a: g.pay(a, channel="test"), "rejected", "could not be accepted"),
    (lambda g, a: g.issue_account(a), "ready", "A virtual account was issued."),
]


@pytest.mark.parametrize(("happen", "status", "words"), STATES)
def test_it_tells_the_real_state(shopper, iamport_sandbox, happen, status, words):
    attempt = shopper.begin()
    shopper.claim(attempt, happen(iamport_sandbox, attempt))
    receipt = shopper.receipt(attempt)
    text = words_of(receipt)
    assert (receipt.status_code, state(receipt)) == (200, status)
    assert words in text
    assert ("Thank you" in text) == (status == "paid")
    assert receipt.headers["Cache-Control"] == "no-store"


def test_an_order_before_its_payment_is_not_thanked_for(shopper):
    assert "Thank you" not in shopper.receipt(shopper.begin()).content.decode()


@pytest.mark.on_each_pair
def test_it_shows_what_was_bought_and_the_companys_own_slip(shopper, iamport_sandbox):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, receipt_url="https://pg.example/slip?a=1&b=2")
    shopper.claim(attempt, imp_uid)
    text = shopper.receipt(attempt).content.decode()
    assert 'href="https://pg.example/slip?a=1&amp;b=2"' in text
    for fact in ("Tea", "₩50,000", attempt.merchant_uid):
        assert fact in text


def test_after_a_failure_it_says_the_payment_companys_reason(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.decline(attempt))
    attempt.refresh_from_db()
    assert attempt.fail_reason
    assert attempt.fail_reason in shopper.receipt(attempt).content.decode()


def test_it_says_how_it_was_paid(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    assert "<dt>Paid with</dt><dd>Credit card</dd>" in shopper.receipt(attempt).content.decode()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//pg.example/slip"])
def test_a_slip_that_is_no_web_address_becomes_no_link(shopper, iamport_sandbox, url):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, receipt_url=url)
    shopper.claim(attempt, imp_uid)
    assert 'href="' + url not in shopper.receipt(attempt).content.decode()


@pytest.mark.on_each_pair
def test_names_are_escaped(shopper):
    attempt = shopper.add("<script>alert(1)</script>").begin()
    text = shopper.receipt(attempt).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


@pytest.mark.on_each_pair
def test_a_waiting_account_is_shown_with_bank_number_and_due_date(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
    stored = OrderTransaction.objects.get()
    text = shopper.receipt(attempt).content.decode()
    assert stored.vbank_num in text
    assert stored.vbank_name in text
    assert "Deposit by" in text


@pytest.mark.on_each_pair
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
def test_the_due_moment_is_in_korean_time_whatever_the_projects_time_zone(
    shopper, iamport_sandbox, settings, zone
):
    settings.TIME_ZONE = zone
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.edit(
        imp_uid, vbank_date=int(datetime(2099, 1, 31, 14, 59, tzinfo=timezone.utc).timestamp())
    )
    shopper.claim(attempt, imp_uid)
    assert "2099-01-31 23:59 (KST)" in shopper.receipt(attempt).content.decode()


def test_after_a_decline_the_page_itself_lets_its_owner_try_again_by_the_same_channel(
    shopper, iamport_sandbox, settings
):
    settings.IAMPORT_CHANNELS = {"kakaopay": {"channelKey": "k"}}
    attempt = shopper.begin(channel="kakaopay")
    shopper.claim(attempt, iamport_sandbox.decline(attempt))
    response = shopper.receipt(attempt)
    assert (
        '<button id="iamport-try-again" type="button" name="channel" value="kakaopay">'
        in response.content.decode()
    )
    assert '"button": "#iamport-try-again"' in response.content.decode()
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    settings.IAMPORT_CHANNELS = {}
    assert '<button id="iamport-try-again" type="button">' in shopper.receipt(attempt).content.decode()


@pytest.mark.parametrize("why", ["waits", "paid", "closed", "paid by another", "may only see"])
def test_nobody_is_offered_to_pay_what_is_not_to_be_paid(shopper, iamport_sandbox, monkeypatch, why):
    attempt = shopper.begin()
    if why == "waits":
        shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
    elif why == "paid":
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
    else:
        shopper.claim(attempt, iamport_sandbox.decline(attempt))
    if why == "closed":
        Order.objects.get().close()
    elif why == "paid by another":
        other = in_another_tab(attempt.order)
        shopper.claim(other, iamport_sandbox.pay(other))
    elif why == "may only see":
        monkeypatch.setattr(OrderCompleteView, "may_pay", lambda view, order: False)
    assert "iamport-try-again" not in shopper.receipt(attempt).content.decode()


@pytest.mark.parametrize("earlier", ["decline", "issue_account"])
def test_an_order_that_another_payment_paid_leads_to_that_ones_receipt(shopper, iamport_sandbox, earlier):
    attempt = shopper.begin()
    shopper.claim(attempt, getattr(iamport_sandbox, earlier)(attempt))
    assert "another payment" not in words_of(shopper.receipt(attempt))
    other = OrderTransaction.objects.create_new(attempt.order)
    shopper.claim(other, iamport_sandbox.pay(other))
    text = words_of(shopper.receipt(attempt))
    assert "This order was paid by another payment." in text
    assert "you can try again" not in text
    assert f'href="/pay/order/complete/{other.merchant_uid}/"' in text
    assert "another payment" not in words_of(shopper.receipt(other))


def test_no_account_is_shown_to_pay_into_whose_deadline_has_passed(shopper, iamport_sandbox):
    """Nobody has heard yet that it ended."""
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
    row = OrderTransaction.objects.get()
    OrderTransaction._base_manager.update(vbank_date=datetime.now(timezone.utc) - timedelta(hours=1))
    iamport_sandbox.fail_next("payments.find_all_page", status=500)
    text = words_of(shopper.receipt(attempt))
    assert "The payment is not complete yet." in text
    assert row.vbank_num not in text


def test_an_account_that_the_rules_refused_is_never_shown(shopper, iamport_sandbox):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.issue_account(attempt, amount=100)
    number = iamport_sandbox.payment(imp_uid)["vbank_num"]
    shopper.claim(attempt, imp_uid)
    assert number not in shopper.receipt(attempt).content.decode()


def test_it_finds_a_payment_that_nobody_told_of(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.pay(attempt)
    assert state(shopper.receipt(attempt)) == "paid"


def test_looking_at_a_paid_one_asks_nobody(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    shopper.receipt(attempt)
    assert iamport_sandbox.calls == []


def test_reloading_it_asks_once_in_five_seconds(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.reset_calls()
    for _ in range(3):
        shopper.receipt(attempt)
    assert len(iamport_sandbox.calls) == 1


def test_where_the_gateway_is_down_it_shows_what_is_stored(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.pay(attempt)
    iamport_sandbox.fail_next("payments.find_all_page", status=500)
    receipt = shopper.receipt(attempt)
    assert (receipt.status_code, state(receipt)) == (200, "ready")


@pytest.mark.on_each_pair
@pytest.mark.parametrize("visitor", ["guest", "user", "staff", "owner"])
def test_only_the_owner_sees_it(shopper, stranger, visitor):
    attempt = shopper.begin()
    if visitor in ("user", "staff"):
        stranger.client.force_login(get_user_model().objects.create_user("x", is_staff=visitor == "staff"))
    asking = shopper if visitor == "owner" else stranger
    assert asking.receipt(attempt).status_code == (200 if visitor == "owner" else 404)


@pytest.mark.on_each_pair
@pytest.mark.parametrize(
    "merchant_uid", ["1", "abc", "test" + "a" * 26, "a" * 5_000, "%00", "%ED%A0%80", "' OR 1"]
)
def test_what_does_not_exist_is_not_found(shopper, merchant_uid):
    assert shopper.client.get(f"/pay/order/complete/{merchant_uid}/").status_code == 404


@pytest.mark.on_each_pair
def test_every_status_has_words(db):
    from django.template.loader import render_to_string

    texts = {
        status: render_to_string("django_iamport/state.html", {"status": status})
        for status, _ in AbstractTransaction.STATUS
    }
    assert len(set(texts.values())) == len(texts)
