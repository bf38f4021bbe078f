"""The page of saved cards, the views that checkout.js talks to, and the way back of phones."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from django_iamport.access import AccessMixin
from django_iamport.contrib.billing.views import SESSION_KEY
from tests.shop.models import BillingKey, OrderTransaction

CARDS = "/cards/"
LIMIT = "4000-0000-0000-0010"


@pytest.fixture
def customer(client, user):
    client.force_login(user)
    return client


def post(client, name, **fields):
    return client.post(reverse(f"iamport_billing:{name}"), json.dumps(fields), "application/json")


def begin(client, **fields):
    return post(client, "card_checkout", **fields).json()


def test_a_card_is_registered_and_listed(customer, iamport_sandbox):
    begun = begin(customer)
    key = BillingKey.objects.get()
    assert begun["request_pay"]["customer_uid"] == key.customer_uid
    assert begun["request_pay"]["amount"] == 0
    waiting = post(customer, "card_validation", merchant_uid=key.merchant_uid, ask=False).json()
    assert (waiting["status"], waiting["next"]) == ("ready", None)
    iamport_sandbox.register_card(key)
    answer = post(customer, "card_validation", merchant_uid=key.merchant_uid, imp_uid="imp_1").json()
    assert (answer["status"], answer["next"]) == ("paid", CARDS)
    page = customer.get(CARDS)
    key.refresh_from_db()
    assert key.card_number in page.content.decode()
    assert key.customer_uid not in page.content.decode()
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"


def test_two_windows_of_one_registration_and_a_card_in_each_is_said_at_once(customer, iamport_sandbox):
    (first, second), key = [begin(customer) for _ in range(2)], BillingKey.objects.get()
    assert first["merchant_uid"] == second["merchant_uid"]
    iamport_sandbox.register_card(key)
    answer = post(customer, "card_validation", merchant_uid=key.merchant_uid, imp_uid="imp_1").json()
    assert answer["status"] == "paid"
    iamport_sandbox.register_card(key)
    answer = post(customer, "card_validation", merchant_uid=key.merchant_uid, imp_uid="imp_2").json()
    assert (answer["status"], answer["next"]) == ("failed", None)
    assert answer["message"] == "Another card was registered in its place."
    assert iamport_sandbox.billing_keys == []


def test_waiting_asks_the_gateway_nothing(customer, iamport_sandbox):
    begin(customer)
    iamport_sandbox.reset_calls()
    post(customer, "card_validation", merchant_uid=BillingKey.objects.get().merchant_uid, ask=False)
    customer.get(CARDS)
    assert iamport_sandbox.calls == []


def test_a_card_that_was_declined_says_why(customer, iamport_sandbox):
    begin(customer)
    key = BillingKey.objects.get()
    iamport_sandbox.register_card(key, card_number="4000-0000-0000-0077")
    answer = post(customer, "card_validation", merchant_uid=key.merchant_uid).json()
    assert (answer["status"], "비밀번호" in answer["message"]) == ("failed", True)


def test_an_order_is_charged_as_soon_as_the_card_is_saved(customer, order, iamport_sandbox):
    begun = begin(customer, order_id=f"shop.order:{order.pk}")
    key = BillingKey.objects.get()
    iamport_sandbox.register_card(key)
    answers = [post(customer, "card_validation", merchant_uid=begun["merchant_uid"]).json() for _ in range(2)]
    paid = OrderTransaction.objects.get()
    assert paid.status == "paid"
    assert {answer["next"] for answer in answers} == {f"/pay/order/complete/{paid.merchant_uid}/"}


def test_each_window_charges_the_order_that_it_was_opened_for(customer, order, user, iamport_sandbox):
    """Two tabs: of the orders that wait for a card, the one is charged in whose window it was registered."""
    other = type(order).objects.create(name="Cake", amount=70_000, user=user)
    wanted = ({"order_id": str(order.pk)}, {"order_id": str(order.pk)}, {}, {"order_id": str(other.pk)})
    begun, again, *_others = (begin(customer, **fields) for fields in wanted)
    assert again["merchant_uid"] == begun["merchant_uid"]
    iamport_sandbox.register_card(BillingKey.objects.get(merchant_uid=begun["merchant_uid"]))
    post(customer, "card_validation", merchant_uid=begun["merchant_uid"])
    assert [(row.order_id, row.status) for row in OrderTransaction.objects.all()] == [(order.pk, "paid")]


def test_an_order_that_the_card_could_not_pay_says_so_and_the_card_is_saved(customer, order, iamport_sandbox):
    begun = begin(customer, order_id=f"shop.order:{order.pk}")
    key = BillingKey.objects.get()
    iamport_sandbox.register_card(key, card_number=LIMIT)
    answer = post(customer, "card_validation", merchant_uid=begun["merchant_uid"]).json()
    assert (answer["status"], answer["next"], "한도" in answer["message"]) == ("failed", None, True)
    key.refresh_from_db()
    assert key.is_chargeable


def test_a_phones_way_back_that_is_opened_again_charges_nothing_more(customer, order, iamport_sandbox):
    """Declined, and refunded too: the card is charged by a click, never by a page that is looked at again."""
    begun = begin(customer, order_id=f"shop.order:{order.pk}")
    iamport_sandbox.register_card(BillingKey.objects.get(), card_number=LIMIT)
    address = begun["request_pay"]["m_redirect_url"].removeprefix("http://testserver")
    customer.get(address)
    iamport_sandbox.reset_calls()
    assert customer.get(address).headers["Location"] == CARDS
    answer = post(customer, "card_validation", merchant_uid=begun["merchant_uid"]).json()
    assert (answer["status"], "한도" in answer["message"]) == ("failed", True)
    assert (OrderTransaction.objects.count(), iamport_sandbox.calls) == (1, [])


def test_a_refunded_order_is_not_charged_again_by_its_address(customer, order, iamport_sandbox, monkeypatch):
    begun = begin(customer, order_id=f"shop.order:{order.pk}")
    iamport_sandbox.register_card(BillingKey.objects.get())
    address = begun["request_pay"]["m_redirect_url"].removeprefix("http://testserver")
    receipt = customer.get(address).headers["Location"]
    OrderTransaction.objects.get().cancel(reason="returned")
    monkeypatch.setattr(type(order), "accepts_payment", lambda self, transaction: True)
    assert customer.get(address).headers["Location"] == receipt
    assert OrderTransaction.objects.get().status == "cancelled"


def test_an_app_names_the_order_again_and_leaves_nothing_in_anybodys_session(
    client, user, order, iamport_sandbox, monkeypatch
):
    client.force_login(get_user_model().objects.create_user("lee"))
    monkeypatch.setattr(AccessMixin, "get_user", lambda self, request: user)
    begun = begin(client, order_id=f"shop.order:{order.pk}")
    assert SESSION_KEY not in client.session
    iamport_sandbox.register_card(BillingKey.objects.get())
    fields = {"merchant_uid": begun["merchant_uid"], "order_id": f"shop.order:{order.pk}"}
    assert post(client, "card_validation", **fields).json()["status"] == "paid"
    assert OrderTransaction.objects.get().status == "paid"


def test_nobody_elses_order_is_charged(customer, order, iamport_sandbox):
    type(order).objects.filter(pk=order.pk).update(user=get_user_model().objects.create_user("lee"))
    answer = post(customer, "card_checkout", order_id=f"shop.order:{order.pk}")
    assert (answer.status_code, BillingKey.objects.count()) == (404, 0)


def test_a_guest_has_no_cards(client, db, iamport_sandbox):
    assert client.get(CARDS).status_code == 302
    assert post(client, "card_checkout").status_code == 401
    assert client.post("/cards/delete/", {"card": "x"}).status_code == 302
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("name", ["card_default", "card_delete"])
def test_nobody_elses_card_is_touched(client, key, name):
    client.force_login(get_user_model().objects.create_user("lee"))
    assert client.post(reverse(f"iamport_billing:{name}"), {"card": key.merchant_uid}).status_code == 404
    assert post(client, "card_validation", merchant_uid=key.merchant_uid).status_code == 404
    key.refresh_from_db()
    assert (key.status, key.is_default) == ("active", True)


def test_the_default_is_changed_and_a_card_deleted_on_the_page(customer, make_key, iamport_sandbox):
    first, second = make_key(), make_key()
    customer.post("/cards/default/", {"card": second.merchant_uid})
    assert BillingKey.objects.default(first.user) == second
    customer.post("/cards/delete/", {"card": second.merchant_uid})
    assert iamport_sandbox.billing_keys == [first.customer_uid]
    assert BillingKey.objects.default(first.user) == first


def test_a_saved_card_pays_an_order_with_one_click(customer, key, order, iamport_sandbox):
    form = {"card": key.merchant_uid, "order_id": f"shop.order:{order.pk}"}
    answers = [customer.post("/cards/charge/", form).headers["Location"] for _ in range(2)]
    paid = OrderTransaction.objects.get()
    assert answers == [f"/pay/order/complete/{paid.merchant_uid}/"] * 2
    assert iamport_sandbox.calls.count("POST /subscribe/payments/again") == 1


def test_a_card_that_is_declined_says_so_on_the_page_of_cards(customer, make_key, order):
    declined = make_key(card_number=LIMIT)
    form = {"card": declined.merchant_uid, "order_id": f"shop.order:{order.pk}"}
    page = customer.post("/cards/charge/", form)
    assert (page.status_code, b"declined" in page.content) == (409, True)


def test_nobody_elses_order_is_charged_with_one_click(customer, key, order):
    type(order).objects.filter(pk=order.pk).update(user=get_user_model().objects.create_user("lee"))
    form = {"card": key.merchant_uid, "order_id": f"shop.order:{order.pk}"}
    assert customer.post("/cards/charge/", form).status_code == 404
    assert OrderTransaction.objects.count() == 0


def test_a_deletion_that_did_not_get_through_is_said_on_the_page(customer, key, iamport_sandbox):
    iamport_sandbox.fail_next("billing_keys.delete", timeout=True)
    page = customer.post("/cards/delete/", {"card": key.merchant_uid})
    assert (page.status_code, b"alert" in page.content) == (503, True)


def test_a_phone_comes_back_to_the_cards(customer, user, iamport_sandbox):
    begun = begin(customer)
    iamport_sandbox.register_card(BillingKey.objects.get())
    address = begun["request_pay"]["m_redirect_url"].removeprefix("http://testserver")
    answer = customer.get(address)
    assert (answer.headers["Location"], answer.headers["Referrer-Policy"]) == (CARDS, "no-referrer")
    assert BillingKey.objects.get().status == "active"
    assert customer.get("/cards/redirect/?card=forged").status_code == 404


def test_a_phone_that_comes_back_in_another_browser_saves_the_card_for_its_owner(
    client, customer, user, iamport_sandbox, client_of_a_stranger
):
    begun = begin(customer)
    iamport_sandbox.register_card(BillingKey.objects.get())
    address = begun["request_pay"]["m_redirect_url"].removeprefix("http://testserver")
    client_of_a_stranger.get(address)
    assert BillingKey.objects.get().user == user


def test_a_phone_comes_back_to_the_host_that_its_owner_browses(
    customer, order, iamport_sandbox, settings, client_of_a_stranger
):
    settings.IAMPORT_SITE_URL = "https://www.shop.example"
    settings.ALLOWED_HOSTS = ["www.shop.example", "shop.example"]
    customer.defaults["HTTP_HOST"] = "shop.example"
    begun = begin(customer, order_id=f"shop.order:{order.pk}")
    iamport_sandbox.register_card(BillingKey.objects.get())
    address = begun["request_pay"]["m_redirect_url"].removeprefix("https://www.shop.example")
    there = client_of_a_stranger.get(address, headers={"host": "www.shop.example"})
    assert there.headers["Location"].startswith("https://shop.example/cards/redirect/?card=")
    here = customer.get(there.headers["Location"].removeprefix("https://shop.example"))
    paid = OrderTransaction.objects.get()
    assert (paid.status, here.headers["Location"]) == ("paid", f"/pay/order/complete/{paid.merchant_uid}/")


@pytest.fixture
def client_of_a_stranger():
    return Client()


def test_a_visitor_can_make_the_shop_ask_only_so_often(customer, settings, iamport_sandbox):
    settings.IAMPORT_ATTEMPT_BUDGET = (2, 600)
    begun = begin(customer)
    statuses = [
        post(customer, "card_validation", merchant_uid=begun["merchant_uid"]).status_code for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
