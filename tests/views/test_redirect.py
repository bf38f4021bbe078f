"""A phone comes back, perhaps in another browser: confirmed, the state shown, nobody's data."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_iamport.payments import request_pay
from django_iamport.testing import Sandbox
from tests.shop.models import OrderTransaction, TicketTransaction
from tests.shopper import Shopper, state, words_of


@pytest.fixture
def begun(shopper, iamport_sandbox: Sandbox):
    attempt = shopper.begin(buyer_name="Kim Cheolsu", buyer_email="kim@shop.example")
    iamport_sandbox.reset_calls()
    return attempt


def address(attempt, imp_uid="", **claims):
    query = request_pay.signed(attempt.merchant_uid)
    claims = {"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid, "imp_success": "true", **claims}
    return f"{reverse('iamport:redirect')}?{query}&" + "&".join(f"{k}={v}" for k, v in claims.items() if v)


@pytest.mark.on_each_pair
def test_the_own_browser_goes_on_to_the_receipt(shopper, begun, iamport_sandbox):
    response = shopper.client.get(address(begun, iamport_sandbox.pay(begun)))
    assert (response.status_code, response.url) == (302, f"/pay/order/complete/{begun.merchant_uid}/")
    assert OrderTransaction.objects.get().status == "paid"
    assert state(shopper.client.get(response.url)) == "paid"


@pytest.mark.on_each_pair
def test_another_browser_confirms_the_payment_and_shows_nobodys_data(begun, iamport_sandbox):
    response = Client().get(address(begun, iamport_sandbox.pay(begun)))
    text = response.content.decode()
    assert (response.status_code, state(response)) == (200, "paid")
    assert OrderTransaction.objects.get().status == "paid"
    for private in ("Kim", "kim@", "Tea", begun.merchant_uid, f"orders/{begun.order_id}"):
        assert private not in text
    for told in ("Thank you", "₩50,000", "Credit card", "Paid at"):
        assert told in text


def test_another_browser_reads_the_account_to_pay_into_and_not_whose_it_is(begun, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(begun)
    iamport_sandbox.edit(imp_uid, vbank_holder="Kim Cheolsu")
    text = Client().get(address(begun, imp_uid)).content.decode()
    account = OrderTransaction.objects.get()
    for told in (account.vbank_num, account.vbank_name, account.get_vbank_due(), "₩50,000"):
        assert told in text
    assert "Kim" not in text


@pytest.fixture
def members(user, iamport_sandbox, settings):
    """A payment of somebody who signs in, as the page left it when it was told no more."""
    settings.LOGIN_URL = "/admin/login/"
    shopper = Shopper()
    shopper.client.force_login(user)
    attempt = shopper.begin()
    return shopper, attempt, iamport_sandbox.pay(attempt)


@pytest.mark.on_each_pair
@pytest.mark.parametrize("session", ["gone", "signed out", "somebody else's"])
def test_who_paid_and_lost_his_session_reads_a_receipt_and_signs_in_for_the_whole(members, session):
    shopper, attempt, imp_uid = members
    if session == "somebody else's":
        shopper.client.force_login(get_user_model().objects.create_user("lee"))
    else:
        shopper.client.logout()
    if session == "gone":
        shopper.client.cookies.clear()
    assert shopper.claim(attempt, imp_uid).status_code in (403, 404)
    response = shopper.client.get(address(attempt, imp_uid))
    text = response.content.decode()
    assert (response.status_code, state(response)) == (200, "paid")
    assert "₩50,000" in text
    assert "Tea" not in text
    receipt = reverse("iamport:order_complete", args=[attempt.merchant_uid])
    assert f'href="/admin/login/?next={receipt}"' in text


def test_signed_in_as_its_owner_he_sees_all(members, user):
    shopper, attempt, imp_uid = members
    shopper.client.logout()
    shopper.client.force_login(user)
    response = shopper.client.get(address(attempt, imp_uid), follow=True)
    assert state(response) == "paid"
    assert "Tea" in response.content.decode()


def test_nobody_is_sent_to_a_login_page_that_the_project_does_not_have(members, settings):
    shopper, attempt, imp_uid = members
    shopper.client.logout()
    settings.LOGIN_URL = "/no/such/page/"
    assert "Sign in" not in shopper.client.get(address(attempt, imp_uid)).content.decode()


def test_the_first_tab_finds_out_by_itself(shopper, begun, iamport_sandbox):
    Client().get(address(begun, iamport_sandbox.pay(begun)))
    assert shopper.claim(begun, ask=False).json()["next"] == f"/pay/order/complete/{begun.merchant_uid}/"


def test_the_signed_address_permits_neither_paying_nor_the_receipt(begun, iamport_sandbox):
    client = Client()
    client.get(address(begun, iamport_sandbox.pay(begun)))
    assert client.get(reverse("iamport:order_complete", args=[begun.merchant_uid])).status_code == 404
    order_id = {"order_id": str(begun.order_id)}
    assert client.post(reverse("iamport:order_checkout"), order_id, "application/json").status_code == 404


@pytest.mark.parametrize("own", [True, False])
def test_no_copy_is_kept_and_no_address_is_passed_on(shopper, begun, own):
    response = (shopper.client if own else Client()).get(address(begun))
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_browser_without_a_session_gets_none(begun, iamport_sandbox):
    before, client = Session.objects.count(), Client()
    client.get(address(begun, iamport_sandbox.pay(begun)))
    assert not client.cookies
    assert Session.objects.count() == before


@pytest.mark.on_each_pair
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?attempt=",
        "?attempt={uid}",
        "?attempt={uid}:wrong",
        "?attempt={other_salt}",
        "?attempt=%00",
        "?attempt={signed}x",
        "?attempt=x{signed}",
        "?merchant_uid={uid}",
        "?attempt={nobodys}",
    ],
)
def test_a_missing_or_foreign_signature_opens_nothing(begun, iamport_sandbox, query):
    from django.core import signing

    filled = query.format(
        uid=begun.merchant_uid,
        signed=signing.Signer(salt=request_pay.SALT).sign(begun.merchant_uid),
        other_salt=signing.Signer(salt="shop").sign(begun.merchant_uid),
        nobodys=signing.Signer(salt=request_pay.SALT).sign("test" + "a" * 26),
    )
    imp_uid = iamport_sandbox.pay(begun)
    response = Client().get(
        f"{reverse('iamport:redirect')}{filled}", {"imp_uid": imp_uid} if not query else None
    )
    assert response.status_code == 404
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("imp_uid", ["", "..%2Fprepare", "a" * 51, "imp%001"])
def test_without_a_usable_imp_uid_the_attempt_itself_is_asked_about(begun, iamport_sandbox, imp_uid):
    iamport_sandbox.pay(begun)
    assert state(Client().get(address(begun, imp_uid))) == "paid"
    assert iamport_sandbox.calls[0] == f"GET /payments/findAll/{begun.merchant_uid}"


def test_what_the_address_says_of_success_decides_nothing(begun, iamport_sandbox):
    lies = {"imp_success": "true", "success": "true", "status": "paid"}
    assert state(Client().get(address(begun, iamport_sandbox.decline(begun), **lies))) == "failed"
    truth = {"imp_success": "false", "error_code": "F400"}
    assert state(Client().get(address(begun, iamport_sandbox.pay(begun), **truth))) == "paid"


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"timeout": True, "times": 2}, {"html": True, "times": 2}]
)
def test_where_the_gateway_is_down_the_payment_is_shown_as_pending_and_taken_in_later(
    begun, iamport_sandbox, fault
):
    imp_uid = iamport_sandbox.pay(begun)
    iamport_sandbox.fail_next("payments.find", **fault)
    response = Client().get(address(begun, imp_uid))
    assert (response.status_code, state(response)) == (200, "ready")
    assert "Thank you" not in response.content.decode()
    assert OrderTransaction.objects.get().backlog_since is not None
    assert state(Client().get(address(begun, imp_uid))) == "paid"


def test_redirect_and_callback_both_bring_one_payment(shopper, begun, iamport_sandbox, heard):
    imp_uid = iamport_sandbox.pay(begun)
    Client().get(address(begun, imp_uid))
    shopper.claim(begun, imp_uid)
    shopper.client.get(address(begun, imp_uid))
    iamport_sandbox.deliver_webhooks()
    assert heard.names.count("payment_paid") == 1


@pytest.mark.on_each_pair
def test_posting_to_it_is_refused(begun):
    assert Client().post(address(begun)).status_code == 405


@pytest.mark.on_each_pair
def test_it_serves_every_kind_of_transaction(shopper, iamport_sandbox):
    shopper.client.post("/tickets/create_ajax/", {"checkout_key": "k" * 32}, "application/json")
    attempt = TicketTransaction.objects.get()
    assert state(Client().get(address(attempt, iamport_sandbox.pay(attempt)))) == "paid"


@pytest.mark.on_each_pair
def test_a_secret_key_that_was_rotated_still_opens_addresses_on_their_way(begun, iamport_sandbox, settings):
    on_its_way = address(begun, iamport_sandbox.pay(begun))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "new"
    assert state(Client().get(on_its_way)) == "paid"


# Its end.


def is_open(attempt, imp_uid=""):
    """Whether the address opens in a browser that isn't the owner's."""
    return Client().get(address(attempt, imp_uid)).status_code == 200


@pytest.mark.parametrize("outcome", ["pay", "decline"])
def test_the_address_ends_a_day_after_its_attempt_did(begun, iamport_sandbox, later, outcome):
    OrderTransaction.objects.update(created=(ago := timezone.now() - timedelta(hours=20)), heard_at=ago)
    assert is_open(begun, getattr(iamport_sandbox, outcome)(begun))
    later(hours=23)
    assert is_open(begun)
    iamport_sandbox.reset_calls()
    later(hours=25)
    assert not is_open(begun)
    assert iamport_sandbox.calls == []


def test_a_refund_does_not_open_the_address_again(begun, iamport_sandbox):
    assert is_open(begun, iamport_sandbox.pay(begun))
    ago = timezone.now() - timedelta(hours=25)
    OrderTransaction._base_manager.update(created=ago, heard_at=ago, verified_at=ago)
    OrderTransaction.objects.get().cancel(reason="all")
    assert not is_open(begun)


def test_an_attempt_that_never_ended_ends_with_a_day(begun, iamport_sandbox, later):
    later(hours=23)
    assert is_open(begun)
    later(hours=25)
    iamport_sandbox.reset_calls()
    assert not is_open(begun, iamport_sandbox.pay(begun))
    assert iamport_sandbox.calls == []


def test_a_decline_is_tried_again_where_it_was_ordered(begun, iamport_sandbox):
    text = Client().get(address(begun, iamport_sandbox.decline(begun))).content.decode()
    assert "If you ordered in another browser, please go back to it and try again there" in text
    assert "If it was this one, please order again" in text
    assert "receipt" not in text


@pytest.mark.parametrize("outcome", ["pay", "issue_account"])
def test_a_guest_whose_own_browser_lost_his_order_is_promised_no_receipt_there(
    shopper, begun, iamport_sandbox, outcome
):
    """It can't be told from another browser, so the page speaks to both."""
    imp_uid = getattr(iamport_sandbox, outcome)(begun)
    shopper.client.logout()
    text = words_of(shopper.client.get(address(begun, imp_uid)))
    assert "If you ordered in another browser, you can go back to it" in text
    assert "If it was this one, it no longer knows your order: please keep a copy of this page" in text


def test_no_account_is_shown_to_pay_into_whose_deadline_has_passed(begun, iamport_sandbox, later):
    """Nobody has heard yet that it ended."""
    Client().get(address(begun, iamport_sandbox.issue_account(begun)))
    row = OrderTransaction.objects.get()
    later(seconds=(row.vbank_date - timezone.now()).total_seconds() + 3600)
    iamport_sandbox.fail_next("payments.find_all_page", status=500)
    response = Client().get(address(begun))
    text = response.content.decode()
    assert (response.status_code, state(response)) == (200, "ready")
    assert row.vbank_num not in text
    assert "not complete yet" in text


def test_a_waiting_accounts_address_ends_a_day_after_its_deadline(begun, iamport_sandbox, later):
    """By then a deposit of the last minute is known of."""
    assert is_open(begun, iamport_sandbox.issue_account(begun))
    due = OrderTransaction.objects.get().vbank_date
    left = (due - timezone.now()).total_seconds()
    assert left > 2 * 24 * 3600
    later(seconds=left - 60)
    assert is_open(begun)
    later(seconds=left + 23 * 3600)
    iamport_sandbox.fail_next("payments.find_all_page", status=500)
    assert is_open(begun)
    later(seconds=left + 25 * 3600)
    assert not is_open(begun)


def test_the_owner_still_reaches_his_receipt_which_asks_for_itself(shopper, begun, iamport_sandbox, later):
    later(hours=25)
    imp_uid = iamport_sandbox.pay(begun)
    iamport_sandbox.reset_calls()
    response = shopper.client.get(address(begun, imp_uid))
    assert (response.status_code, iamport_sandbox.calls) == (302, [])
    assert state(shopper.client.get(response.url)) == "paid"


# A shop with several hosts.


@pytest.fixture
def hosts(settings):
    settings.IAMPORT_SITE_URL = "https://www.shop.example"
    settings.ALLOWED_HOSTS = ["www.shop.example", "shop.example", ".tea.example", "*"]


def return_address(shopper, browsed):
    """Where the phone of a customer comes back to who browses that host; without the site's own part."""
    shopper.client.defaults["HTTP_HOST"] = browsed
    attempt = shopper.begin()
    params = shopper.checkout(str(attempt.order_id)).json()["request_pay"]
    return attempt, params["m_redirect_url"].removeprefix("https://www.shop.example")


@pytest.mark.parametrize("browsed", ["shop.example", "ko.tea.example"])
def test_who_browsed_another_host_of_the_shop_sees_the_receipt_there(
    shopper, iamport_sandbox, hosts, browsed
):
    attempt, address = return_address(shopper, browsed)
    imp_uid = iamport_sandbox.pay(attempt)

    # The session's cookie is not sent to the host of IAMPORT_SITE_URL.
    there = Client(headers={"host": "www.shop.example"}).get(f"{address}&imp_uid={imp_uid}")

    assert OrderTransaction.objects.get().status == "paid"
    assert (there.status_code, there.url.split("/pay/")[0]) == (302, f"https://{browsed}")
    assert (there.headers["Referrer-Policy"], there.headers["Cache-Control"]) == ("no-referrer", "no-store")
    here = shopper.client.get(there.url.removeprefix(f"https://{browsed}"))
    assert here.url == f"/pay/order/complete/{attempt.merchant_uid}/"
    assert state(shopper.client.get(here.url)) == "paid"


def test_another_browser_on_that_host_sees_the_state_and_goes_nowhere_else(shopper, iamport_sandbox, hosts):
    attempt, address = return_address(shopper, "shop.example")
    iamport_sandbox.pay(attempt)
    there = Client(headers={"host": "www.shop.example"}).get(address)

    here = Client(headers={"host": "shop.example"}).get(there.url.removeprefix("https://shop.example"))

    assert (here.status_code, state(here)) == (200, "paid")


@pytest.mark.parametrize("browsed", ["www.shop.example", "evil.example", "xtea.example"])
def test_the_address_names_no_host_that_the_settings_dont_name(shopper, hosts, browsed):
    _attempt, address = return_address(shopper, browsed)

    assert "host=" not in address


@pytest.mark.parametrize("host", ["evil.example", "shop.example@evil.example", "shop.example/evil", "*", ""])
def test_an_address_that_names_somebody_elses_host_leads_to_no_other_page(
    shopper, iamport_sandbox, hosts, host
):
    attempt, address = return_address(shopper, "www.shop.example")
    iamport_sandbox.pay(attempt)

    response = Client(headers={"host": "www.shop.example"}).get(f"{address}&host={host}")

    assert (response.status_code, state(response)) == (200, "paid")


def test_a_return_address_of_the_shops_own_is_left_alone(shopper, hosts, settings):
    settings.IAMPORT_REQUEST_PAY = {"m_redirect_url": "https://app.example/back?a=1"}

    assert return_address(shopper, "shop.example")[1] == "https://app.example/back?a=1"
