"""The bugs of the tutorial's `order` app that a hundred shops copied, one test each; named after the bug.

What whole files are about is there: the browser's amount and other orders in `views/test_order_checkout.py`,
forgeries and test channels in `views/test_forgeries.py`, webhooks and redirects in their own.
"""

import re
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from django_iamport import signals
from django_iamport.exceptions import IamportError
from django_iamport.models.registry import name_of
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket
from tests.shop.views import CartMixin
from tests.shopper import Shopper


@pytest.fixture
def shopper(db, iamport_sandbox):
    return Shopper()


def test_1_the_amount_came_from_the_browser(shopper, iamport_sandbox):
    attempt = shopper.add("Tea", 25_000, 2).begin(amount="100", price="100")
    assert attempt.amount == 50_000
    assert shopper.checkout(str(attempt.order_id), amount="100").json()["request_pay"]["amount"] == 50_000


def test_2_anybody_could_pay_100_won_for_anybodys_order(shopper):
    attempt = shopper.begin()
    assert Shopper().checkout(str(attempt.order_id), amount=100).status_code == 404


def test_3_a_thousands_separator_charged_1234_for_1234567_won(shopper, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    answer = shopper.add("Ring", 1_234_567, 1).order().json()
    assert answer["checkout"]["request_pay"]["amount"] == 1_234_567
    assert OrderTransaction.objects.get().amount == 1_234_567


def test_4_an_amount_with_decimals_was_paid_but_never_recorded(shopper, monkeypatch):
    attempt = shopper.begin()
    Order.objects.update(amount="10.5")
    assert shopper.checkout(str(attempt.order_id)).json()["error"]["code"] == "not_payable"
    Order.objects.update(amount="10.5", currency="USD")
    assert shopper.checkout(str(attempt.order_id)).json()["request_pay"]["amount"] == 10.5


def test_5_a_plain_post_without_javascript_was_a_free_order(shopper):
    shopper.add()
    response = shopper.client.post("/pay/order/create/", {"buyer_name": "Kim", "checkout_key": "k" * 32})
    assert "nothing was ordered" in response.content.decode()
    assert not Order.objects.exists()


def test_5_the_last_page_said_thank_you_for_unpaid_orders(shopper):
    receipt = shopper.receipt(shopper.begin())
    assert "Thank you" not in receipt.content.decode()


def test_6_the_second_try_paid_for_an_empty_order(shopper, iamport_sandbox):
    key = shopper.add().key()
    first = shopper.begin(key)
    shopper.claim(first, iamport_sandbox.close(first))
    second = shopper.begin(key)
    assert second.order == first.order
    shopper.claim(second, iamport_sandbox.pay(second))
    order = Order.objects.get()
    assert (order.status, order.amount) == ("paid", 50_000)
    assert [(item.name, item.quantity) for item in order.items.all()] == [("Tea", 2)]


def test_7_after_a_declined_card_the_cart_was_gone_and_nothing_was_said(shopper, iamport_sandbox):
    attempt = shopper.begin()
    answer = shopper.claim(attempt, iamport_sandbox.decline(attempt, reason="잔액 부족")).json()
    assert (answer["status"], answer["message"]) == ("failed", "잔액 부족")
    assert shopper.cart_lines() == 1


def test_9_an_empty_cart_made_an_order_of_0_won(shopper):
    assert shopper.order().json()["error"]["code"] == "not_payable"
    assert not Order.objects.exists()


def test_11_the_receipt_was_fetched_and_thrown_away(shopper, iamport_sandbox):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, receipt_url="https://pg.example/slip")
    shopper.claim(attempt, imp_uid)
    assert 'href="https://pg.example/slip"' in shopper.receipt(attempt).content.decode()


def test_12_a_closed_tab_left_the_order_unpaid_for_ever(shopper, iamport_sandbox):
    iamport_sandbox.pay(shopper.begin())
    iamport_sandbox.deliver_webhooks(Client(enforce_csrf_checks=True))
    assert Order.objects.get().status == "paid"


def test_13_no_mobile_payment_was_ever_recorded(shopper, iamport_sandbox):
    answer = shopper.add().order().json()["checkout"]
    imp_uid = iamport_sandbox.pay(OrderTransaction.objects.get())
    phone = answer["request_pay"]["m_redirect_url"].removeprefix("http://testserver")
    Client().get(f"{phone}&imp_uid={imp_uid}&merchant_uid={answer['merchant_uid']}&imp_success=true")
    assert Order.objects.get().status == "paid"


def test_14_the_imp_uid_was_saved_before_it_was_checked(shopper, iamport_sandbox):
    attempt = shopper.begin()
    response = shopper.claim(attempt, iamport_sandbox.pay(merchant_uid="testother", amount=50_000))
    assert response.status_code == 404
    attempt.refresh_from_db()
    assert (attempt.imp_uid, attempt.status) == (None, "ready")


@pytest.mark.parametrize("happen", ["issue_account", "open", "decline", "nothing"])
def test_15_a_status_other_than_paid_or_an_unknown_id_was_a_typeerror(shopper, iamport_sandbox, happen):
    attempt = shopper.begin()
    if happen != "nothing":
        getattr(iamport_sandbox, happen)(attempt)
    found = OrderTransaction.objects.get_transaction(attempt.merchant_uid)
    assert found.status in ("ready", "failed")
    assert shopper.claim("unknown").status_code == 404


def test_16_status_and_method_were_never_filled(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    attempt.refresh_from_db()
    assert (attempt.status, attempt.pay_method) == ("paid", "card")
    assert attempt.paid_at is not None
    assert attempt.imp_uid is not None


def test_17_the_order_number_was_guessable_and_the_same_at_the_second_try(shopper, iamport_sandbox):
    attempt = shopper.begin(buyer_email="test@a.example")
    iamport_sandbox.open(attempt)
    second = shopper.checkout(str(attempt.order_id)).json()["merchant_uid"]
    for merchant_uid in (attempt.merchant_uid, second):
        assert re.fullmatch(r"test[a-wyz2-8]{26}", merchant_uid)
    assert attempt.merchant_uid != second


def test_19_after_a_failed_and_a_paid_try_the_wrong_one_came_back(shopper, iamport_sandbox):
    attempt = shopper.begin()
    failed = iamport_sandbox.decline(attempt)
    paid = iamport_sandbox.pay(attempt)
    shopper.claim(attempt, failed)
    shopper.claim(attempt, paid)
    attempt.refresh_from_db()
    assert (attempt.status, attempt.imp_uid) == ("paid", paid)


def test_20_a_double_click_made_two_orders(shopper):
    key = shopper.add().key()
    orders = {shopper.order(key).json()["order_id"] for _ in range(2)}
    assert len(orders) == Order.objects.count() == OrderItem.objects.count() == 1


def test_20_order_and_items_and_payment_were_not_one_step(shopper, iamport_sandbox, receive):
    attempt = shopper.begin()

    def stock(transaction, order, **kwargs):
        order.items.all().delete()
        raise RuntimeError

    receive(signals.payment_paid, stock)
    assert shopper.claim(attempt, iamport_sandbox.pay(attempt)).status_code == 503
    attempt.refresh_from_db()
    assert (attempt.status, attempt.order.status, attempt.order.items.count()) == ("ready", "ready", 1)


def test_21_every_call_fetched_a_new_token(shopper, iamport_sandbox):
    for _ in range(2):
        attempt = shopper.begin()
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
    assert iamport_sandbox.calls.count("POST /users/getToken") == 1


@pytest.mark.parametrize(
    "fault",
    [{"html": True, "times": 2}, {"timeout": True, "times": 2}, {"body": "nonsense"}, {"status": 500}],
)
def test_21_a_page_of_html_or_silence_was_a_crash(shopper, iamport_sandbox, fault):
    attempt = shopper.begin()
    iamport_sandbox.fail_next("payments.find", **fault)
    response = shopper.claim(attempt, iamport_sandbox.pay(attempt))
    assert response.status_code == 503
    assert response.json()["error"]["code"].startswith("gateway_")


def test_22_errors_of_the_form_were_a_401_without_words(shopper):
    response = shopper.add().order(buyer_name="")
    assert response.status_code == 400
    assert response.json()["error"]["fields"] == {"buyer_name": ["This field is required."]}


def test_22_an_expired_csrf_token_said_log_in(shopper):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/pay/order/checkout/", {"order_id": "1"}, "application/json")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (403, "csrf_failed")
    assert "reload" in error["message"]
    assert "log" not in error["message"]


@pytest.mark.parametrize("merchant_uid", ["0", "abc", "1%27", "99999999999999999999"])
def test_24_the_last_page_was_a_500_for_odd_ids_and_readable_by_anyone(shopper, merchant_uid):
    assert shopper.client.get(f"/pay/order/complete/{merchant_uid}/").status_code == 404
    attempt = shopper.begin()
    visitor = Shopper()
    visitor.client.force_login(get_user_model().objects.create_user("x"))
    assert visitor.receipt(attempt).status_code == 404


def test_27_anybody_in_the_shops_code_could_tick_paid(attempt, iamport_sandbox):
    attempt.status = "paid"
    with pytest.raises(IamportError):
        attempt.save()
    assert OrderTransaction.objects.get().status == "ready"


class CartThatWritesIntoItself:
    """As the tutorial's: while it is read, product and sums end in the session's own entries."""

    def __init__(self, request):
        self.entries = request.session.setdefault("cart_id", {})

    def __iter__(self):
        for product in Ticket.objects.filter(pk__in=self.entries):
            self.entries[str(product.pk)]["product"] = product
        for entry in self.entries.values():
            entry["price"] = Decimal(entry["price"])
            entry["total_price"] = entry["price"] * entry["quantity"]
            yield entry


@pytest.fixture
def tutorial_cart(shopper, monkeypatch, tmp_path, settings):
    """The guide's third step: the cart stays as it is, and `get_items()` reads it; every page shows it, too."""

    def get_items(view):
        return [
            OrderItem(name=entry["product"].customer, price=entry["price"], quantity=entry["quantity"])
            for entry in CartThatWritesIntoItself(view.request)
        ]

    shown = (
        "{% for entry in cart %}<li>{{ entry.total_price }}</li>{% endfor %}{% block content %}{% endblock %}"
    )
    (tmp_path / "django_iamport").mkdir()
    (tmp_path / "django_iamport/base.html").write_text(shown)
    (engine,) = settings.TEMPLATES
    options = {**engine["OPTIONS"], "context_processors": [*engine["OPTIONS"]["context_processors"], CART]}
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path], "OPTIONS": options}]
    monkeypatch.setattr(CartMixin, "get_items", get_items)
    product = Ticket.objects.create(price=25_000, customer="Tea")
    session = shopper.client.session
    session["cart_id"] = {str(product.pk): {"quantity": 2, "price": "25000"}}
    session.save()
    return session


def cart_of_every_page(request):
    return {"cart": CartThatWritesIntoItself(request)}


CART = f"{__name__}.cart_of_every_page"


def test_27_a_cart_that_puts_products_into_the_session_made_a_page_that_changes_it_a_500(
    shopper, tutorial_cart, iamport_sandbox, caplog
):
    page = shopper.client.get("/pay/order/create/")
    assert "<li>50000</li>" in page.content.decode()
    answer = shopper.order(page.context["checkout_key"]).json()
    attempt = OrderTransaction.objects.get(merchant_uid=answer["checkout"]["merchant_uid"])
    assert shopper.claim(attempt, iamport_sandbox.pay(attempt)).json()["status"] == "paid"
    assert shopper.receipt(attempt).status_code == 200
    assert (Order.objects.get().amount, Order.objects.get().status) == (50_000, "paid")
    (entry,) = shopper.client.session["cart_id"].values()
    assert (entry["quantity"], entry["price"]) == (2, "25000")
    assert "'cart_id'" in caplog.text
    assert "__iter__ copy its entries" in caplog.text


def test_27_and_so_when_the_gateway_is_down(shopper, tutorial_cart, iamport_sandbox):
    key = shopper.key()
    iamport_sandbox.fail_next("prepare.create", disconnect=True)
    assert shopper.order(key).status_code == 503
    order_id = shopper.order(key).json()["order_id"]
    assert order_id == name_of(Order.objects.get())
