"""The same form again: one order, the newest words and cart, and never a second charge."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from django_iamport.models.registry import name_of
from django_iamport.views import OrderCheckoutAjaxView
from tests.shop import views
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket, TicketTransaction
from tests.shopper import Shopper


class TestPostedAgain:
    def test_the_same_form_makes_one_order(self, shopper):
        key = shopper.add().key()
        answers = [shopper.order(key).json() for _ in range(3)]
        assert len({answer["order_id"] for answer in answers}) == 1
        assert Order.objects.count() == 1
        assert OrderItem.objects.count() == 1

    @pytest.mark.parametrize("signed_in", [True, False])
    def test_the_same_form_posted_at_the_same_moment_makes_one_order(
        self, shopper, user, monkeypatch, signed_in
    ):
        if signed_in:
            shopper.client.force_login(user)
        key = shopper.add().key()
        get_items = views.CartMixin.get_items
        answers = []

        def while_the_other_request_is_served(view):
            items = get_items(view)
            if not answers:
                answers.append(None)
                other = Client()
                other.cookies = shopper.client.cookies
                answers[0] = Shopper(other).order(key)
            return items

        monkeypatch.setattr(views.CartMixin, "get_items", while_the_other_request_is_served)
        shopper.client.raise_request_exception = False
        answers.append(shopper.order(key))
        assert [answer.status_code for answer in answers] == [200, 200]
        assert len({answer.json()["order_id"] for answer in answers}) == 1
        assert Order.objects.count() == 1

    def test_corrected_fields_are_taken_over(self, shopper):
        key = shopper.add().key()
        shopper.order(key, note="3rd floor")
        shopper.order(key, note="5th floor")
        assert Order.objects.get().note == "5th floor"

    def test_a_correction_with_errors_changes_nothing(self, shopper):
        key = shopper.add().key()
        shopper.order(key, note="3rd floor")
        assert shopper.order(key, buyer_name="", note="5th floor").status_code == 400
        assert Order.objects.get().note == "3rd floor"

    def test_somebody_elses_key_is_not_found(self, shopper, stranger, user):
        key = shopper.add().key()
        shopper.order(key)
        response = stranger.add().order(key, note="mine now")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
        signed_in = Shopper()
        signed_in.client.force_login(user)
        assert signed_in.add().order(key).status_code == 404
        assert Order.objects.get().note == ""

    def test_somebody_elses_key_is_not_found_even_at_the_same_moment(self, shopper, stranger, monkeypatch):
        key = shopper.add().key()
        shopper.order(key)
        find, asked = views.OrderCreateAjaxView.find_order_by_key, []

        def find_at_the_second_look(view, key):
            asked.append(key)
            return find(view, key) if len(asked) > 1 else None

        monkeypatch.setattr(views.OrderCreateAjaxView, "find_order_by_key", find_at_the_second_look)
        response = stranger.add().order(key)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
        assert Order.objects.count() == 1

    def test_a_changed_cart_makes_a_new_order_and_gives_the_old_one_up(self, shopper):
        key = shopper.add("Tea", 25_000, 2).key()
        old = shopper.begin(key).order
        new = shopper.add("Cup", 100, 1).begin(key).order
        old.refresh_from_db()
        assert (old.status, old.checkout_key) == ("closed", None)
        assert (new.status, new.checkout_key, new.amount) == ("ready", key, 50_100)

    @pytest.mark.parametrize("price", [26_000, 24_000])
    def test_a_changed_price_makes_a_new_order(self, shopper, price):
        key = shopper.add("Tea", 25_000, 2).key()
        old = shopper.begin(key).order
        shopper.client.get("/cart/?drop=Tea")
        assert shopper.add("Tea", price, 2).begin(key).order != old

    def test_an_old_order_that_another_tab_settled_meanwhile_stays(self, shopper, monkeypatch):
        key = shopper.add("Sample", 0, 1).key()
        old = Order.objects.create(name="Sample", amount=0, checkout_key=key)
        manager = type(OrderTransaction.objects)

        def settle(self, order, *, void_accounts):
            monkeypatch.undo()
            self.settle_free(order)

        monkeypatch.setattr(manager, "settle_open_attempts", settle)
        answer = shopper.add("Cup", 100, 1).order(key).json()
        old.refresh_from_db()
        assert (answer["order_id"], old.status) == (name_of(old), "paid")

    def test_the_old_orders_waiting_account_is_voided_where_the_customer_agreed(
        self, shopper, iamport_sandbox
    ):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        imp_uid = iamport_sandbox.issue_account(attempt)
        shopper.claim(attempt, imp_uid)
        shopper.add("Cup", 100, 1).order(key, void_account=True)
        assert iamport_sandbox.payment(imp_uid)["status"] == "cancelled"
        assert Order.objects.get(pk=attempt.order_id).status == "closed"

    def test_an_account_that_another_tab_has_issued_meanwhile_keeps_the_old_order(
        self, shopper, iamport_sandbox
    ):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        iamport_sandbox.open(attempt)

        def issue():
            other = OrderTransaction.objects.create_new(attempt.order)
            shopper.claim(other, iamport_sandbox.issue_account(other))

        iamport_sandbox.meanwhile("payments", issue)
        shopper.add("Cup", 100, 1)
        answers = [shopper.order(key, void_account=True) for _ in range(2)]
        assert answers[0].json()["error"]["code"] == "account_kept"
        assert answers[1].status_code == 200
        assert {order.status for order in Order.objects.all()} == {"closed", "ready"}

    def test_an_account_that_cannot_be_voided_keeps_the_old_order(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
        iamport_sandbox.fail_next("vbanks.void", body={"code": 1, "message": "no", "response": None})
        response = shopper.add("Cup", 100, 1).order(key, void_account=True)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "account_waiting")
        assert [order.status for order in Order.objects.all()] == ["ready"]

    def test_a_late_payment_of_the_given_up_order_goes_back(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        shopper.add("Cup", 100, 1).order(key)
        imp_uid = iamport_sandbox.pay(attempt)
        shopper.claim(attempt, imp_uid)
        attempt.refresh_from_db()
        assert (attempt.status, attempt.reject_reason) == ("cancelled", "order_closed")
        assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 50_000

    def test_a_changed_cart_with_errors_in_the_form_gives_nothing_up(self, shopper):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        assert shopper.add("Cup", 100, 1).order(key, buyer_name="").status_code == 400
        assert Order.objects.get(pk=attempt.order_id).status == "ready"

    def test_a_payment_that_is_found_while_the_cart_changed_counts(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        iamport_sandbox.pay(attempt)
        answer = shopper.add("Cup", 100, 1).order(key).json()
        assert answer["order_id"] == name_of(attempt.order)
        assert answer["checkout"] is None
        assert [order.status for order in Order.objects.all()] == ["paid"]


class TestAfterPayment:
    def test_the_same_key_answers_the_paid_order_and_charges_nothing(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        iamport_sandbox.reset_calls()
        answer = shopper.order(key).json()
        assert answer == {
            "order_id": name_of(attempt.order),
            "checkout": None,
            "next": reverse("iamport:order_complete", args=[attempt.merchant_uid]),
        }
        assert iamport_sandbox.calls == []
        assert Order.objects.count() == OrderTransaction.objects.count() == 1

    def test_a_refunded_order_is_not_charged_again_either(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        imp_uid = iamport_sandbox.pay(attempt)
        shopper.claim(attempt, imp_uid)
        iamport_sandbox.cancel_in_console(imp_uid)
        iamport_sandbox.deliver_webhooks()
        assert shopper.order(key).json()["checkout"] is None

    def test_a_payment_that_nobody_told_of_is_found_before_a_second_charge(self, shopper, iamport_sandbox):
        key = shopper.add().key()
        attempt = shopper.begin(key)
        iamport_sandbox.pay(attempt)
        response = shopper.order(key)
        attempt.refresh_from_db()
        assert attempt.status == "paid"
        assert OrderTransaction.objects.count() == 1
        assert response.json() == {
            "order_id": name_of(attempt.order),
            "checkout": None,
            "next": reverse("iamport:order_complete", args=[attempt.merchant_uid]),
        }

    def test_an_order_with_nothing_to_pay_is_settled_without_gateway_and_attempt(
        self, shopper, iamport_sandbox, heard
    ):
        key = shopper.add("Sample", 0, 1).key()
        answers = [shopper.order(key).json() for _ in range(2)]
        order = Order.objects.get()
        assert order.status == "paid"
        assert heard.names == ["order_settled"]
        assert (
            answers == [{"order_id": name_of(order), "checkout": None, "next": order.get_absolute_url()}] * 2
        )
        assert iamport_sandbox.calls == []
        assert shopper.cart_lines() == 0


class TestOrderWithoutKeyColumn:
    """The session remembers which order a form made."""

    URL = "/tickets/create_ajax/"

    def post(self, shopper, **fields):
        return shopper.client.post(self.URL, {"checkout_key": "k" * 32, **fields}, "application/json")

    def test_the_same_form_makes_one_order(self, shopper):
        ids = {self.post(shopper, customer=name).json()["order_id"] for name in ("Kim", "Lee")}
        assert ids == {name_of(Ticket.objects.get())}
        assert Ticket.objects.get().customer == "Lee"
        assert TicketTransaction.objects.count() == 1

    def test_a_key_means_nothing_in_another_session(self, shopper, stranger):
        ids = {self.post(visitor).json()["order_id"] for visitor in (shopper, stranger)}
        assert len(ids) == 2

    def test_a_changed_price_makes_a_new_order_which_the_key_names_from_then_on(self, shopper):
        self.post(shopper)
        second = self.post(shopper, price="8000").json()["order_id"]
        assert self.post(shopper, price="8000").json()["order_id"] == second
        assert Ticket.objects.count() == 2

    def test_an_order_that_its_closing_leaves_open_is_not_replaced(
        self, shopper, iamport_sandbox, monkeypatch
    ):
        """Else both could be paid, 9,000 and 8,000, and both kept."""
        self.post(shopper)
        monkeypatch.setattr(Ticket, "close", lambda ticket: None)
        response = self.post(shopper, price="8000")
        assert (response.status_code, response.json()["error"]["code"]) == (500, "order_not_closed")
        assert Ticket.objects.count() == 1

    def test_one_whose_closing_the_view_does_is_replaced(self, shopper, monkeypatch):
        self.post(shopper)
        monkeypatch.setattr(Ticket, "close", lambda ticket: None)
        monkeypatch.setattr(
            views.TicketCreateAjaxView,
            "close_order",
            lambda view, ticket: Ticket.objects.filter(pk=ticket.pk).update(is_given_up=True),
        )
        assert self.post(shopper, price="8000").status_code == 200
        assert [*Ticket.objects.order_by("price").values_list("price", "is_given_up")] == [
            (8_000, False),
            (9_000, True),
        ]

    def test_a_payment_of_the_replaced_one_goes_back(self, shopper, iamport_sandbox):
        self.post(shopper)
        attempt = TicketTransaction.objects.get()
        self.post(shopper, price="8000")
        shopper.claim(attempt, iamport_sandbox.pay(attempt))
        attempt.refresh_from_db()
        assert (attempt.status, attempt.reject_reason) == ("cancelled", "order_closed")

    def test_it_is_paid_and_never_charged_again(self, shopper, iamport_sandbox):
        self.post(shopper)
        attempt = TicketTransaction.objects.get()
        assert shopper.claim(attempt, iamport_sandbox.pay(attempt)).json()["status"] == "paid"
        assert Ticket.objects.get().is_sold
        assert self.post(shopper).json()["checkout"] is None

    def test_a_free_one_posted_twice_answers_the_same_order(self, shopper, monkeypatch, heard):
        monkeypatch.setattr(views.TicketCreateAjaxView, "get_amount", lambda self, items: Decimal(0))
        answers = [self.post(shopper) for _ in range(2)]
        assert heard.names == ["order_settled"]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()


# A virtual account that waits for its deposit is kept until the customer agrees to give it up.


@pytest.fixture
def waiting(shopper, iamport_sandbox):
    """An order whose customer chose to transfer."""
    attempt = shopper.begin(shopper.add().key())
    shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
    attempt.refresh_from_db()
    return attempt


def pay_again(shopper, waiting, **fields):
    return shopper.checkout(str(waiting.order_id), **fields)


def send_the_form_again(shopper, waiting, **fields):
    return shopper.order(waiting.order.checkout_key, **fields)


def order_a_changed_cart(shopper, waiting, **fields):
    return shopper.add("Cup", 100, 1).order(waiting.order.checkout_key, **fields)


CLICKS = pytest.mark.parametrize("click", [pay_again, send_the_form_again, order_a_changed_cart])


@CLICKS
def test_no_click_gives_a_waiting_account_up_before_its_customer_was_asked(
    shopper, waiting, iamport_sandbox, click
):
    answer = click(shopper, waiting)

    error = answer.json()["error"]
    waiting.refresh_from_db()
    assert (answer.status_code, error["code"]) == (409, "account_kept")
    assert error["next"] == reverse("iamport:order_complete", args=[waiting.merchant_uid])
    assert waiting.is_awaiting_deposit
    assert iamport_sandbox.payment(waiting.imp_uid)["status"] == "ready"
    assert list(Order.objects.values_list("status")) == [("ready",)]
    assert OrderTransaction.objects.count() == 1


@CLICKS
@pytest.mark.parametrize("agreed", [True, "true"])
def test_who_agrees_pays_another_way(shopper, waiting, iamport_sandbox, click, agreed):
    answer = click(shopper, waiting, void_account=agreed)

    assert answer.status_code == 200
    assert iamport_sandbox.payment(waiting.imp_uid)["status"] == "cancelled"
    assert OrderTransaction.objects.count() == 2


@pytest.mark.parametrize("unclear", ["yes", 1, [], {}])
def test_what_neither_agrees_nor_not_is_malformed_and_gives_nothing_up(shopper, waiting, unclear):
    answer = pay_again(shopper, waiting, void_account=unclear)

    waiting.refresh_from_db()
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert waiting.is_awaiting_deposit


def test_who_may_pay_and_not_see_is_not_led_to_the_account(shopper, waiting, monkeypatch):
    monkeypatch.setattr(OrderCheckoutAjaxView, "may_see", lambda view, order: False)

    assert pay_again(shopper, waiting).json()["error"].keys() == {"code", "message"}
