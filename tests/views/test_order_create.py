"""From a form and a cart to an order: all or nothing, for no more than the page showed."""

import re
from decimal import Decimal

import pytest
from django import forms
from django.test import Client
from django.utils import timezone

from django_iamport.exceptions import RejectPayment
from django_iamport.models.registry import name_of
from django_iamport.rules.verification import CARD_CHARGE
from tests.shop import views
from tests.shop.models import Order, OrderItem, OrderTransaction
from tests.shopper import Shopper

CREATE, CREATE_AJAX = "/pay/order/create/", "/pay/order/create_ajax/"


def page_of_a_cart(client):
    return Shopper(client).add().client.get(CREATE).content.decode()


@pytest.mark.on_each_pair
class TestPage:
    def test_it_holds_the_form_the_lines_and_a_one_time_key(self, shopper):
        page = shopper.add().client.get(CREATE)
        text = page.content.decode()
        assert f'name="checkout_key" value="{page.context["checkout_key"]}"' in text
        assert 'name="buyer_name"' in text
        assert "₩50,000" in text
        assert len(page.context["checkout_key"]) >= 22

    def test_each_page_has_a_key_of_its_own(self, shopper):
        assert shopper.key() != shopper.key()

    def test_an_empty_cart_shows_nothing_to_pay(self, shopper):
        text = shopper.client.get(CREATE).content.decode()
        assert "Your cart is empty." in text
        assert "checkout.js" not in text

    def test_it_is_never_stored_by_a_cache(self, shopper):
        assert shopper.client.get(CREATE).headers["Cache-Control"] == "no-store"

    def test_sent_before_the_script_ran_it_orders_nothing_and_loses_nothing(self, shopper):
        sent = {"checkout_key": shopper.add().key(), "buyer_name": "Kim Onsae"}
        page = shopper.client.post(CREATE, sent)
        text = page.content.decode()
        assert page.status_code == 200
        assert not Order.objects.exists()
        assert 'value="Kim Onsae"' in text
        assert "nothing was ordered. Please press the button once more." in text
        assert shopper.order(page.context["checkout_key"]).status_code == 200

    def test_whoever_is_not_our_page_can_fill_in_nothing(self, shopper):
        stranger = Client(enforce_csrf_checks=True)
        assert stranger.post(CREATE, {"buyer_name": "Mallory"}).status_code == 403
        token = re.search('name="csrfmiddlewaretoken" value="(.+?)"', page_of_a_cart(stranger))
        sent = {"csrfmiddlewaretoken": token[1], "buyer_name": "Kim"}
        assert stranger.post(CREATE, sent).status_code == 200

    def test_only_pages_with_the_tag_let_payment_windows_keep_their_opener(self, shopper):
        attempt = shopper.begin()
        policies = {
            path: shopper.client.get(path).headers.get("Cross-Origin-Opener-Policy")
            for path in (CREATE, f"/orders/{attempt.order_id}/", "/cart/", "/admin/login/")
        } | {"receipt": shopper.receipt(attempt).headers.get("Cross-Origin-Opener-Policy")}
        assert policies == {
            CREATE: "same-origin-allow-popups",
            f"/orders/{attempt.order_id}/": "same-origin-allow-popups",
            "/cart/": "same-origin",
            "/admin/login/": "same-origin",
            "receipt": "same-origin",
        }


@pytest.mark.on_each_pair
class TestOrder:
    def test_it_takes_names_and_prices_as_they_are_now(self, shopper):
        shopper.add("Tea", 25_000, 2).add("Cup", 9_900, 1)
        answer = shopper.order(note="Ring twice", amount=100, price=1, status="paid", user=1).json()
        order = Order.objects.get(pk=answer["order_id"].removeprefix("shop.order:"))
        assert (order.amount, order.currency, order.status) == (59_900, "KRW", "ready")
        assert (order.name, order.note, order.user) == ("Tea and 1 more", "Ring twice", None)
        assert set(order.items.values_list("name", "price", "quantity")) == {
            ("Tea", 25_000, 2),
            ("Cup", 9_900, 1),
        }

    def test_the_answer_holds_all_that_the_window_needs(self, shopper):
        answer = shopper.add().order().json()
        attempt = OrderTransaction.objects.get()
        assert answer["next"] is None
        assert answer["checkout"]["merchant_uid"] == attempt.merchant_uid
        assert answer["checkout"]["request_pay"]["amount"] == 50_000

    def test_it_belongs_to_the_user_who_is_signed_in(self, shopper, user):
        shopper.client.force_login(user)
        assert shopper.begin().order.user == user

    def test_a_form_is_as_good_as_json(self, shopper):
        fields = {"checkout_key": shopper.add().key(), "buyer_name": "Kim"}
        body = "&".join(f"{name}={value}" for name, value in fields.items())
        response = shopper.client.post(CREATE_AJAX, body, "application/x-www-form-urlencoded")
        assert response.status_code == 200
        assert Order.objects.get().buyer_name == "Kim"

    def test_a_browsers_form_data_is_as_good_as_json(self, shopper):
        fields = {"checkout_key": shopper.add().key(), "buyer_name": "Kim"}
        assert shopper.client.post(CREATE_AJAX, fields).status_code == 200

    def test_long_names_fit_the_payment_window(self, shopper):
        shopper.add("차" * 200, 10, 1).add("Cup", 10, 1)
        assert shopper.begin().order.name == "차" * 29 + " and 1 more"

    def test_errors_come_by_field_and_nothing_is_stored(self, shopper):
        response = shopper.add().order(buyer_name="", buyer_email="no address")
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (400, "form_invalid")
        assert set(error["fields"]) == {"buyer_name", "buyer_email"}
        assert error["message"] == "Please check the highlighted fields."
        assert not Order.objects.exists()

    def test_an_empty_cart_is_refused(self, shopper):
        response = shopper.order()
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (409, "not_payable")
        assert error["message"] == "Your cart is empty."
        assert not Order.objects.exists()

    @pytest.mark.parametrize("key", [None, "", "short", "k" * 65, "k" * 31 + "\0", 5, ["k" * 32], {"a": 1}])
    def test_a_missing_or_odd_key_is_refused(self, shopper, key):
        response = shopper.add().post("order_create_ajax", {"checkout_key": key, "buyer_name": "Kim"})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")
        assert not Order.objects.exists()

    def test_an_item_that_cannot_be_saved_leaves_no_order(self, shopper, monkeypatch):
        def save(item, *args, **kwargs):
            if item.name == "Cup":
                raise RuntimeError("out of stock")
            OrderItem.save_base(item)

        monkeypatch.setattr(OrderItem, "save", save)
        shopper.add("Tea").add("Cup", 100, 1)
        assert shopper.order().json()["error"]["code"] == "receiver_failed"
        assert not Order.objects.exists()
        assert not OrderItem.objects.exists()
        assert not OrderTransaction.objects.exists()

    def test_an_amount_that_won_does_not_have_is_refused_before_the_window(self, shopper, monkeypatch):
        monkeypatch.setattr(views.CartMixin, "get_amount", lambda self, items: Decimal("10.50"))
        response = shopper.add().order()
        assert (response.status_code, response.json()["error"]["code"]) == (409, "not_payable")
        assert not OrderTransaction.objects.exists()

    def test_where_the_gateway_is_down_the_same_form_goes_on_later(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        iamport_sandbox.fail_next("prepare.create", disconnect=True)
        response = shopper.order(key)
        assert response.status_code == 503
        assert response.json()["error"]["code"] in ("gateway_unreachable", "outcome_unknown")
        assert not OrderTransaction.objects.exists()
        assert shopper.order(key).status_code == 200
        assert Order.objects.count() == 1

    def test_a_free_order_that_the_shop_refuses_is_not_passed_for_settled(self, shopper, monkeypatch):
        def sold_out(order, transaction):
            raise RejectPayment("sold_out")

        monkeypatch.setattr(Order, "payment_received", sold_out)
        assert shopper.add("Sample", 0, 1).order().json()["error"]["code"] == "order_closed"
        assert Order.objects.get().status == "ready"


class TestShownAmount:
    """Nobody is asked for more than the page said."""

    def test_the_page_tells_what_it_shows(self, shopper):
        page = shopper.add().client.get(CREATE)
        assert 'name="shown_amount" value="50000"' in page.content.decode()
        fields = {"checkout_key": page.context["checkout_key"], "shown_amount": "50000"}
        assert shopper.order(fields["checkout_key"], **fields).status_code == 200

    @pytest.mark.parametrize("shown", ["49999", "50000.00", "0", "abc", 49_999])
    def test_a_cart_that_changed_in_another_tab_is_refused_and_nothing_is_stored(self, shopper, shown):
        response = shopper.add().order(shown_amount=shown)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "order_changed")
        assert not Order.objects.exists()

    def test_the_order_that_the_page_had_made_stays(self, shopper):
        key = shopper.add().key()
        shopper.order(key, shown_amount="50000")
        assert shopper.add("Cup", 100, 1).order(key, shown_amount="50000").status_code == 409
        assert [(order.status, order.amount) for order in Order.objects.all()] == [("ready", 50_000)]


@pytest.mark.on_each_pair
class TestCart:
    @pytest.mark.parametrize("news", ["webhook", "claim", "sync"])
    def test_it_loses_what_was_paid_at_the_next_request_whoever_brought_the_news(
        self, shopper, iamport_sandbox, news
    ):
        attempt = shopper.add("Tea").add("Cup", 100, 1).begin()
        imp_uid = iamport_sandbox.pay(attempt)
        assert shopper.cart_lines() == 2
        shopper.add("Late", 100, 1)
        if news == "claim":
            shopper.claim(attempt, imp_uid)
        elif news == "sync":
            attempt.sync()
        else:
            iamport_sandbox.deliver_webhooks(Client(enforce_csrf_checks=True))
        assert shopper.cart_lines() == 1
        assert shopper.add("Tea").cart_lines() == 2

    @pytest.mark.parametrize("what", ["decline", "close", "open", "issue_account"])
    def test_it_keeps_what_was_not_paid(self, shopper, iamport_sandbox, what):
        attempt = shopper.begin()
        shopper.claim(attempt, getattr(iamport_sandbox, what)(attempt))
        assert shopper.cart_lines() == 1

    def test_nobody_elses_cart_is_touched(self, shopper, stranger, iamport_sandbox):
        attempt = shopper.begin()
        stranger.begin()
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        assert stranger.cart_lines() == 1


class TestLoadedAgain:
    def test_the_unpaid_order_of_the_same_cart_is_paid_instead_of_a_second(self, shopper):
        first = shopper.add().order().json()["order_id"]
        assert shopper.order().json()["order_id"] == first
        assert Order.objects.count() == 1

    def test_two_tabs_that_ordered_both_go_on_with_the_newest(self, shopper):
        keys = [shopper.add().key(), shopper.key()]
        orders = [shopper.order(key).json()["order_id"] for key in keys]
        assert orders[0] != orders[1]
        assert shopper.order().json()["order_id"] == orders[1]

    def test_with_another_cart_it_makes_another_order_and_finds_the_first_for_its_own(self, shopper):
        first = shopper.add("Tea", 25_000, 2).order().json()["order_id"]
        shopper.client.get("/cart/?drop=Tea")
        second = shopper.add("Cup", 100, 1).order().json()["order_id"]
        shopper.client.get("/cart/?drop=Cup")
        shopper.add("Tea", 25_000, 2)
        assert second != first
        assert shopper.order().json()["order_id"] == first

    def test_a_price_that_changed_makes_another_order(self, shopper):
        shopper.add("Tea", 25_000, 2).order()
        shopper.client.get("/cart/?drop=Tea")
        shopper.add("Tea", 26_000, 2).order()
        assert Order.objects.count() == 2

    @pytest.mark.parametrize("state", ["paid", "refunded", "closed"])
    def test_an_order_that_is_over_is_left_alone(self, shopper, state):
        shopper.add().order()
        Order.objects.update(status=state)
        shopper.order()
        assert sorted(Order.objects.values_list("status", flat=True)) == sorted([state, "ready"])

    def test_a_paid_order_is_left_alone_before_its_lines_left_the_cart(self, shopper, iamport_sandbox):
        attempt = shopper.begin()
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        assert shopper.order().json()["order_id"] != name_of(attempt.order)

    def test_somebody_elses_order_is_not_found(self, shopper, stranger):
        assert shopper.add().order().json() != stranger.add().order().json()
        assert Order.objects.count() == 2

    def test_the_first_page_of_a_visitor_asks_the_database_nothing_more(
        self, shopper, django_assert_num_queries
    ):
        shopper.add()
        with django_assert_num_queries(4):  # session: read, and saved with the key
            shopper.key()


class TestTwoWindows:
    """The cart changed after a page's window opened, and the next page's is opened beside it."""

    @pytest.fixture
    def former(self, shopper, iamport_sandbox):
        attempt = shopper.add("Tea", 2_000, 1).add("Cup", 500, 1).begin(shopper.key())
        iamport_sandbox.open(attempt)
        shopper.client.get("/cart/?drop=Tea")
        return attempt

    @pytest.mark.parametrize("line", [("Tea", 2_000, 1), ("Tea", 2_000, 8), ("Tea", 1_900, 1)])
    @pytest.mark.parametrize("is_first_paid", [True, False])
    def test_only_the_newest_order_is_paid_and_the_former_windows_money_goes_back(
        self, shopper, iamport_sandbox, former, line, is_first_paid
    ):
        newest = shopper.add(*line).add("Milk", 100, 1).begin(shopper.key())
        for attempt in (former, newest) if is_first_paid else (newest, former):
            shopper.claim(attempt, iamport_sandbox.pay(attempt))
        former, newest = (OrderTransaction.objects.get(pk=attempt.pk) for attempt in (former, newest))
        assert (former.status, former.reject_reason) == ("cancelled", "order_closed")
        assert (newest.status, newest.order.status) == ("paid", "paid")

    def test_an_order_of_other_lines_stays(self, shopper, former):
        shopper.client.get("/cart/?drop=Cup")
        shopper.add("Milk", 100, 1).begin(shopper.key())
        assert [*Order.objects.values_list("status", flat=True)] == ["ready", "ready"]

    def test_a_former_payment_that_nobody_reported_is_shown_instead_of_a_second(
        self, shopper, iamport_sandbox, former
    ):
        iamport_sandbox.pay(former)
        answer = shopper.add("Tea", 2_000, 8).order().json()
        assert (answer["order_id"], answer["checkout"]) == (name_of(former.order), None)
        assert former.merchant_uid in answer["next"]
        assert [order.status for order in Order.objects.all()] == ["paid"]

    def test_an_account_that_nobody_reported_is_not_given_up(self, shopper, iamport_sandbox, former):
        imp_uid = iamport_sandbox.issue_account(former)
        shopper.add("Tea", 2_000, 8).begin(shopper.key(), void_account=True)
        assert iamport_sandbox.payment(imp_uid)["status"] == "ready"
        assert [*Order.objects.values_list("status", flat=True)] == ["ready", "ready"]

    def test_nothing_is_closed_or_made_while_a_charge_is_under_way(self, shopper, former):
        charged = {"customer_uid_usage": CARD_CHARGE, "charged_at": timezone.now().isoformat()}
        OrderTransaction._base_manager.update(asked=charged)
        response = shopper.add("Tea", 2_000, 8).order()
        assert (response.status_code, response.json()["error"]["code"]) == (503, "payment_unknown")
        assert [order.status for order in Order.objects.all()] == ["ready"]

    def test_nothing_is_closed_or_made_while_the_gateway_is_down(self, shopper, iamport_sandbox, former):
        iamport_sandbox.fail_next("payments.find_all_page", status=500)
        assert shopper.add("Tea", 2_000, 8).order().status_code == 503
        assert [order.status for order in Order.objects.all()] == ["ready"]

    def test_a_form_with_errors_closes_nothing(self, shopper, former):
        assert shopper.add("Tea", 2_000, 8).order(buyer_name="").status_code == 400
        assert [order.status for order in Order.objects.all()] == ["ready"]

    def test_nobody_elses_order_is_closed(self, stranger, former):
        stranger.add("Tea", 2_000, 8).begin(stranger.key())
        assert [*Order.objects.values_list("status", flat=True)] == ["ready", "ready"]


class TestSumChosenByTheCustomer:
    """Points or a donation, on the page that says what the cart costs."""

    @pytest.fixture(autouse=True)
    def _donations(self, monkeypatch):
        class Form(views.OrderForm):
            donation = forms.IntegerField(min_value=-50_000, required=False)

        def chosen(view, items, form):
            return view.get_amount(items) + Decimal(form.cleaned_data["donation"] or 0)

        monkeypatch.setattr(views.CartMixin, "form_class", Form)
        monkeypatch.setattr(views.CartMixin, "get_chosen_amount", chosen, raising=False)

    @pytest.mark.parametrize("chosen", [3_000, -3_000])
    def test_it_is_paid_beside_what_the_page_said_of_the_cart(self, shopper, iamport_sandbox, chosen):
        attempt = shopper.begin(shown_amount="50000", donation=str(chosen))
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        assert (Order.objects.get().amount, Order.objects.get().status) == (50_000 + chosen, "paid")

    def test_a_cart_that_the_page_did_not_show_is_still_refused(self, shopper):
        key = shopper.add().key()
        shopper.add("Cup", 100, 1)
        response = shopper.order(key, shown_amount="50000", donation="100")
        assert response.json()["error"]["code"] == "order_changed"

    def test_another_choice_makes_another_order_and_the_same_choice_does_not(self, shopper):
        key = shopper.add().key()
        ids = [
            shopper.order(key, shown_amount="50000", donation=chosen).json()["order_id"]
            for chosen in ("1000", "1000", "2000")
        ]
        assert (ids[0] == ids[1], ids[1] == ids[2]) == (True, False)
        assert [*Order.objects.order_by("amount").values_list("amount", "status")] == [
            (51_000, "closed"),
            (52_000, "ready"),
        ]

    def test_an_order_that_points_pay_for_needs_no_gateway(self, shopper, iamport_sandbox):
        answer = shopper.add().order(shown_amount="50000", donation="-50000").json()
        assert (answer["checkout"], iamport_sandbox.calls) == (None, [])
        assert Order.objects.get().status == "paid"


def test_the_form_names_the_channel_of_its_pressed_button(shopper, settings):
    settings.IAMPORT_CHANNELS = {"kakaopay": {"channelKey": "channel-key-2", "pay_method": "kakaopay"}}
    shopper.add()
    answer = shopper.order(channel="kakaopay").json()
    assert answer["checkout"]["request_pay"]["channelKey"] == "channel-key-2"
    assert OrderTransaction.objects.get().channel_name == "kakaopay"


def test_no_order_is_made_for_a_channel_that_is_not_in_the_settings(shopper, settings):
    settings.IAMPORT_CHANNELS = {"kakaopay": {"channelKey": "channel-key-2"}}
    shopper.add()
    response = shopper.order(channel="card")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "channel_unknown")
    assert Order.objects.count() == 0
