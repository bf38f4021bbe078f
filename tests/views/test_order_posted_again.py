"""The same form or cart again: one order, the newest words and cart, and never a second charge."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from django_iamport import access
from django_iamport.models.registry import name_of
from django_iamport.views import OrderCheckoutAjaxView
from tests.shop import views
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket, TicketTransaction
from tests.shopper import Shopper, words_of


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


# A cart that was ordered already: by an account that waits, at the same moment, in another browser.


def statuses():
    return sorted(Order.objects.values_list("status", flat=True))


class TestAccountThatWaits:
    """Of a shop that keeps the cart until the deposit came."""

    @pytest.fixture
    def waiting(self, shopper, iamport_sandbox):
        attempt = shopper.begin(shopper.add().key())
        shopper.claim(attempt, iamport_sandbox.issue_account(attempt))
        attempt.refresh_from_db()
        return attempt

    def test_the_page_says_until_when_and_leads_to_it(self, shopper, waiting):
        page = shopper.client.get(reverse("iamport:order_create"))
        assert f"by {waiting.get_vbank_due()}. <a href" in words_of(page)
        assert f'<a href="/pay/order/complete/{waiting.merchant_uid}/">See the account</a>' in words_of(page)

    def test_a_page_of_another_cart_says_nothing_of_it(self, shopper, waiting):
        page = shopper.add("Cup", 100, 1).client.get(reverse("iamport:order_create"))
        assert "See the account</a>" not in words_of(page)

    def test_who_orders_again_is_asked_and_nothing_is_changed(self, shopper, waiting, iamport_sandbox):
        response = shopper.order(note="another address")
        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (409, "account_kept")
        assert error["next"] == f"/pay/order/complete/{waiting.merchant_uid}/"
        assert iamport_sandbox.payment(waiting.imp_uid)["status"] == "ready"
        assert [*Order.objects.values_list("status", "note")] == [("ready", "")]

    def test_who_says_so_pays_the_same_order_another_way(self, shopper, waiting, iamport_sandbox):
        answer = shopper.order(void_account=True, note="another address").json()
        assert answer["order_id"] == name_of(waiting.order)
        assert iamport_sandbox.payment(waiting.imp_uid)["status"] == "cancelled"
        assert [*Order.objects.values_list("status", "note")] == [("ready", "another address")]

    def test_a_page_that_was_loaded_before_asks_as_well(self, shopper, iamport_sandbox):
        former, key = shopper.add().key(), shopper.key()
        attempt = shopper.begin(former)
        imp_uid = iamport_sandbox.issue_account(attempt)
        shopper.claim(attempt, imp_uid)
        response = shopper.order(key)
        assert response.json()["error"]["code"] == "account_kept"
        assert iamport_sandbox.payment(imp_uid)["status"] == "ready"
        assert shopper.order(key, void_account=True).status_code == 200
        assert iamport_sandbox.payment(imp_uid)["status"] == "cancelled"
        assert statuses() == ["closed", "ready"]

    def test_a_deposit_that_came_meanwhile_is_shown_instead(self, shopper, waiting, iamport_sandbox):
        iamport_sandbox.deposit(waiting.imp_uid)
        answer = shopper.order(void_account=True).json()
        assert (answer["order_id"], answer["checkout"]) == (name_of(waiting.order), None)
        assert statuses() == ["paid"]

    def test_another_cart_with_a_line_of_it_is_ordered_beside_it(self, shopper, waiting, iamport_sandbox):
        assert shopper.add("Cup", 100, 1).order().status_code == 200
        assert iamport_sandbox.payment(waiting.imp_uid)["status"] == "ready"
        assert statuses() == ["ready", "ready"]

    def test_an_account_past_its_deadline_is_not_shown(self, shopper, waiting):
        past = timezone.now() - timedelta(days=1)
        OrderTransaction._base_manager.update(vbank_date=past)
        assert "See the account</a>" not in words_of(shopper.client.get(reverse("iamport:order_create")))


class TestAtTheSameMoment:
    """Two forms of one cart; neither's order was stored when the other looked for it."""

    @pytest.fixture(params=["one browser", "two browsers of one user"])
    def both(self, request, shopper, user):
        """One visitor, twice, each with the key of a form of his."""
        other = Shopper()
        if request.param == "one browser":
            keys = [shopper.add().key(), shopper.key()]
            other.client.cookies = shopper.client.cookies
            return [(shopper, keys[0]), (other, keys[1])]
        for each in (shopper, other):
            each.client.force_login(user)
        return [(each, each.add().key()) for each in (shopper, other)]

    @pytest.fixture
    def post_both(self, both, monkeypatch):
        (shopper, key), (other, other_key) = both
        save_order = views.OrderCreateAjaxView.save_order

        def post(*, other_is_stored_first):
            answers = []

            def save(view, *args):
                if answers:
                    return save_order(view, *args)
                answers.append(None)
                stored = None if other_is_stored_first else save_order(view, *args)
                answers[0] = other.order(other_key)
                return stored or save_order(view, *args)

            # Around the database's block: what the one stores, the other sees.
            monkeypatch.setattr(views.OrderCreateAjaxView, "save_order", save)
            monkeypatch.setattr("django_iamport.views.purchase.block", lambda *args: nullcontext())
            answers.append(shopper.order(key))
            assert [answer.status_code for answer in answers] == [200, 200]
            return [
                OrderTransaction.objects.get(merchant_uid=answer.json()["checkout"]["merchant_uid"])
                for answer in answers
            ]

        return post

    def test_the_later_order_stays_and_the_money_of_the_other_window_goes_back(
        self, both, post_both, iamport_sandbox
    ):
        attempts = post_both(other_is_stored_first=True)
        assert statuses() == ["closed", "ready"]
        for attempt, (visitor, _key) in zip(attempts, reversed(both), strict=True):
            visitor.claim(attempt, iamport_sandbox.pay(attempt))
            attempt.refresh_from_db()
        assert [attempt.status for attempt in attempts] == ["cancelled", "paid"]

    def test_who_finds_a_later_order_goes_on_with_it(self, both, post_both, iamport_sandbox):
        theirs, mine = post_both(other_is_stored_first=False)
        assert statuses() == ["closed", "ready"]
        assert mine.order == theirs.order
        shopper = both[0][0]
        shopper.claim(mine, iamport_sandbox.pay(mine))
        assert shopper.cart_lines() == 0

    def test_an_order_that_the_shop_lets_stand_beside_another_stays(self, post_both, monkeypatch):
        monkeypatch.setattr(views.OrderCreateAjaxView, "takes_place_of", lambda *args: False)
        post_both(other_is_stored_first=True)
        assert statuses() == ["ready", "ready"]


class TestOtherBrowserOfTheUser:
    @pytest.fixture
    def phone(self, shopper, user):
        """Whose cart was ordered, and not paid."""
        for visitor in (shopper, phone := Shopper()):
            visitor.client.force_login(user)
            visitor.add()
        phone.attempt = phone.begin(phone.key())
        return phone

    def test_the_page_goes_on_with_its_unpaid_order(self, shopper, phone):
        assert shopper.order().json()["order_id"] == name_of(phone.attempt.order)

    def test_a_page_that_was_loaded_before_closes_it(self, shopper, user):
        key = shopper.add().key()
        shopper.client.force_login(user)
        phone = Shopper()
        phone.client.force_login(user)
        phone.begin(phone.add().key())
        assert shopper.order(key).status_code == 200
        assert statuses() == ["closed", "ready"]

    def test_its_account_is_told_and_kept_until_the_customer_agrees(self, shopper, phone, iamport_sandbox):
        phone.claim(phone.attempt, iamport_sandbox.issue_account(phone.attempt))
        page = shopper.client.get(reverse("iamport:order_create"))
        assert f'<a href="/pay/order/complete/{phone.attempt.merchant_uid}/">' in words_of(page)
        assert shopper.order().json()["error"]["code"] == "account_kept"

    def test_an_order_that_shares_but_a_line_stays(self, shopper, phone):
        shopper.add("Cup", 100, 1).begin(shopper.key())
        assert statuses() == ["ready", "ready"]

    def test_a_paid_one_stays_and_the_same_is_bought_again(self, shopper, phone, iamport_sandbox):
        phone.claim(phone.attempt, iamport_sandbox.pay(phone.attempt))
        shopper.begin(shopper.key())
        assert statuses() == ["paid", "ready"]

    def test_an_order_that_no_form_made_stays(self, shopper, phone):
        Order.objects.update(checkout_key=None)
        shopper.begin(shopper.key())
        assert statuses() == ["ready", "ready"]

    def test_of_however_many_only_the_newest_few_are_read(self, user, rf, make_order, monkeypatch):
        made = [make_order(user=user, checkout_key=f"key{number}") for number in range(8)]
        request = rf.get("/")
        request.session, request.user = {}, user
        read = []
        from_db = Order.from_db.__func__
        monkeypatch.setattr(
            Order,
            "from_db",
            classmethod(lambda *args, **named: read.append(from_db(*args, **named)) or read[-1]),
        )
        found = [order for _key, order, _is_here in access.made_by_forms(request, Order)]
        assert found == made[: -access.MOST_ORDERS - 1 : -1]
        assert read == found

    def test_nobody_elses_order_is_found(self, phone, stranger):
        stranger.client.force_login(get_user_model().objects.create_user("lee"))
        stranger.begin(stranger.add().key())
        assert statuses() == ["ready", "ready"]

    def test_a_cart_that_the_shop_emptied_for_an_account_may_be_filled_and_ordered_again(
        self, shopper, phone, iamport_sandbox
    ):
        """Whoever fills it in that browser once more wants it twice."""
        phone.claim(phone.attempt, iamport_sandbox.issue_account(phone.attempt))
        request = RequestFactory().get("/")
        request.session, request.user = phone.client.session, AnonymousUser()
        assert access.paid_orders(request, awaiting_deposit=True)
        request.session.save()
        assert phone.order().status_code == 200
        assert statuses() == ["ready", "ready"]
