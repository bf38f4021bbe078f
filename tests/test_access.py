"""Whose order it is: by user, else by the session that began it; and what a session is told once."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from django.views.generic import View

from django_iamport import access
from django_iamport.records.order_token import OrderToken
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction

pytestmark = pytest.mark.on_each_pair


@pytest.fixture
def visit(rf):
    def visit(user=None, session=None):
        request = rf.get("/")
        request.user = user or AnonymousUser()
        request.session = SessionStore() if session is None else session
        return request

    return visit


@pytest.fixture
def users(db):
    return User.objects.create_user("kim"), User.objects.create_user("lee", is_superuser=True)


def test_a_users_order_is_the_users_alone_whatever_a_session_remembers(visit, users, make_order):
    kim, lee = users
    order = make_order(user=kim)
    guest = visit()
    access.remember(guest, order)
    assert access.owns(visit(kim), order)
    assert not access.owns(guest, order)
    assert not access.owns(visit(lee, guest.session), order)


def test_a_guests_order_is_the_sessions(visit, users, order):
    guest = visit()
    assert not access.owns(guest, order)
    access.remember(guest, order)
    assert access.owns(guest, order)
    assert access.owns(visit(users[0], guest.session), order)
    assert not access.owns(visit(users[0]), order)


def test_a_project_without_sessions_is_told_what_is_missing(rf, order):
    request = rf.get("/")
    for note in (access.issue_checkout_key, lambda request: access.remember(request, order)):
        with pytest.raises(ImproperlyConfigured, match="SessionMiddleware into MIDDLEWARE"):
            note(request)


def test_a_view_of_the_shops_own_asks_the_same(visit, users, make_order):
    class Reorder(access.AccessMixin, View):
        pass

    order, guests = make_order(user=users[0]), make_order()
    asked = {}
    for who, request in {"kim": visit(users[0]), "lee": visit(users[1]), "guest": visit()}.items():
        access.remember(request, guests)
        view = Reorder()
        view.setup(request)
        permissions = (view.may_pay, view.may_see, view.may_ask_refund)
        asked[who] = [[may(each) for may in permissions] for each in (order, guests)]

    session_alone = [True, True, False]
    assert asked == {
        "kim": [[True, True, True], session_alone],
        "lee": [[False, False, False], session_alone],
        "guest": [[False, False, False], session_alone],
    }


def test_an_order_of_another_model_with_the_same_key_is_another_order(visit, order):
    guest = visit()
    access.remember(guest, order)
    assert not access.owns(guest, Ticket(pk=order.pk))


def restored_order(order):
    """A backup was restored: the order is gone, and somebody else's gets its key."""
    same_but_the_key = {
        f.attname: getattr(order, f.attname) for f in order._meta.concrete_fields if f.name != "id"
    }
    type(order)._base_manager.filter(pk=order.pk)._raw_delete("default")
    return type(order).objects.create(**{**same_but_the_key, "pk": order.pk})


@pytest.mark.parametrize("tokens_are_restored_too", [True, False])
@pytest.mark.parametrize("model", [Order, Ticket])
def test_after_a_restored_backup_a_key_is_another_guests(visit, model, db, tokens_are_restored_too):
    guest, other = visit(), visit()
    order = model.objects.create(**({"price": 1} if model is Ticket else {"name": "Tea", "amount": 50_000}))
    access.remember(guest, order, checkout_key="key")
    assert access.owns(guest, order)
    if tokens_are_restored_too:
        OrderToken.objects.all().delete()

    theirs = restored_order(order)
    access.remember(other, theirs, checkout_key="key")

    transactions = TicketTransaction if model is Ticket else OrderTransaction
    assert not access.owns(guest, theirs)
    assert list(access.orders_of(guest, transactions)) == []
    assert access.order_by_key(guest, model, "key") is None
    model.objects.update(**({"is_sold": True} if model is Ticket else {"status": "paid"}))
    assert access.paid_orders(guest, transactions) == []
    assert access.owns(other, theirs)
    assert list(access.orders_of(other, transactions)) == [theirs]
    assert access.order_by_key(other, model, "key") == theirs


def test_before_anybody_began_it_again_a_restored_key_is_nobodys(visit, order):
    guest = visit()
    access.remember(guest, order)
    assert not access.owns(guest, restored_order(order))


def test_a_guest_who_begins_the_order_of_a_restored_key_owns_that_one(visit, order):
    guest = visit()
    access.remember(guest, order)
    theirs = restored_order(order)
    access.remember(guest, theirs)
    assert access.owns(guest, theirs)


def test_an_order_may_be_remembered_in_several_sessions_and_again(visit, order):
    computer, phone = visit(), visit()
    for visitor in (computer, phone, computer):
        access.remember(visitor, order)
    assert access.owns(computer, order)
    assert access.owns(phone, order)


def test_a_closed_order_stays_its_guests(visit, make_order):
    guest, order = visit(), make_order(checkout_key="k" * 32)
    access.remember(guest, order, checkout_key="k" * 32)
    order.close()
    assert access.owns(guest, order)


@pytest.mark.parametrize("garbage", ["text", 5, ["shop.order:1"], None, True])
def test_a_session_with_something_else_under_our_name_owns_nothing(visit, order, garbage):
    assert not access.owns(visit(session={access.SESSION_KEY: garbage}), order)


def test_a_note_without_a_token_is_nobodys(visit, order):
    guest = visit()
    access.remember(guest, order)
    (name,) = guest.session[access.SESSION_KEY]
    earlier = visit(session={access.SESSION_KEY: {name: {"state": "unpaid", "checkout_key": ""}}})
    assert not access.owns(earlier, order)
    assert access.paid_orders(earlier) == []


def test_a_request_without_session_and_user_owns_nothing(rf, order):
    assert not access.owns(rf.get("/"), order)
    assert list(access.orders_of(rf.get("/"))) == []
    assert access.paid_orders(rf.get("/")) == []


def test_asking_leaves_the_session_as_it_was(visit, order):
    guest = visit()
    access.owns(guest, order)
    access.paid_orders(guest)
    list(access.orders_of(guest))
    access.order_by_key(guest, Order, "k")
    assert not guest.session.modified


def test_a_session_remembers_the_last_thirty(visit, make_order):
    guest = visit()
    orders = [make_order() for _ in range(31)]
    for order in orders:
        access.remember(guest, order)
    assert [access.owns(guest, order) for order in orders] == [False] + [True] * 30


def test_what_is_remembered_is_json(visit, db):
    guest = visit()
    access.remember(guest, Ticket.objects.create(price=1), checkout_key="k" * 32)
    assert guest.session.serializer().dumps(dict(guest.session.items()))


def test_my_orders_are_those_of_the_user_and_those_the_session_began(visit, users, make_order):
    kim, lee = users
    mine, began, theirs, began_by_lee = make_order(user=kim), make_order(), make_order(), make_order(user=lee)
    request = visit(kim)
    for order in (began, began_by_lee):
        access.remember(request, order)
    assert set(access.orders_of(request)) == {mine, began}
    assert set(access.orders_of(visit(session=request.session))) == {began}
    assert theirs not in access.orders_of(request)


def test_orders_without_a_user_column_are_the_sessions(visit, users):
    tickets = [Ticket.objects.create(price=1) for _ in range(2)]
    request = visit(users[0])
    access.remember(request, tickets[0])
    assert list(access.orders_of(request, TicketTransaction)) == tickets[:1]


def test_a_key_names_the_last_order_it_made_in_this_session(visit, db):
    request, other = visit(), visit()
    tickets = [Ticket.objects.create(price=1) for _ in range(2)]
    for ticket in tickets:
        access.remember(request, ticket, checkout_key="key")
    assert access.order_by_key(request, Ticket, "key") == tickets[1]
    assert access.order_by_key(request, Ticket, "other") is None
    assert access.order_by_key(request, Order, "key") is None
    assert access.order_by_key(other, Ticket, "key") is None


class TestSigningIn:
    """A guest's orders join his account."""

    @pytest.fixture
    def signed_in(self, client, users):
        """A guest who began an order, and his browser after he signed in."""

        def sign_in(*orders, user=users[0]):
            session = client.session
            request = RequestFactory().get("/")
            request.session = session
            for order in orders:
                access.remember(request, order)
            session.save()
            client.force_login(user)
            return client

        return sign_in

    def test_the_orders_that_a_guest_began_are_the_users_from_any_browser(
        self, signed_in, visit, users, make_order
    ):
        mine, others = make_order(), make_order()
        signed_in(mine)
        assert [*access.orders_of(visit(users[0]))] == [mine]
        others.refresh_from_db()
        assert others.user is None

    def test_an_order_that_is_somebodys_stays_his(self, signed_in, users, make_order):
        order = make_order(user=users[1])
        signed_in(order)
        order.refresh_from_db()
        assert order.user == users[1]

    def test_it_keeps_what_became_of_the_order_meanwhile(self, signed_in, attempt, iamport_sandbox, confirm):
        order = attempt.order
        confirm(attempt, iamport_sandbox.pay(attempt))
        signed_in(order)
        order.refresh_from_db()
        assert (order.status, order.user.username) == ("paid", "kim")

    def test_who_signed_in_after_a_guest_may_not_say_where_his_money_goes_back_to(
        self, signed_in, visit, users, order
    ):
        signed_in(order)
        order.refresh_from_db()
        view = access.AccessMixin()
        view.request = visit(users[0])
        assert (view.may_pay(order), view.may_see(order), view.may_ask_refund(order)) == (True, True, False)

    def test_orders_without_an_owner_stay_the_sessions(self, signed_in, db):
        client = signed_in(Ticket.objects.create(price=1))
        assert client.session[access.SESSION_KEY]

    def test_a_shop_whose_order_refuses_the_user_lets_him_sign_in(
        self, signed_in, order, monkeypatch, caplog
    ):
        def refuse(order, user):
            Order.objects.update(note="half written")
            raise RuntimeError("no such customer")

        monkeypatch.setattr(Order, "set_owner", refuse)
        client = signed_in(order)
        order.refresh_from_db()
        assert "_auth_user_id" in client.session
        assert (order.user, order.note) == (None, "")
        assert f"shop.order:{order.pk} could not join" in caplog.text


class TestPaidOrders:
    def test_each_is_told_once(self, visit, attempt, iamport_sandbox, confirm, make_order):
        request = visit()
        for order in (attempt.order, make_order()):
            access.remember(request, order)
        assert access.paid_orders(request) == []
        confirm(attempt, iamport_sandbox.pay(attempt))
        assert access.paid_orders(request) == [attempt.order]
        assert access.paid_orders(request) == []

    def test_one_that_was_refunded_meanwhile_was_bought_all_the_same(
        self, visit, attempt, iamport_sandbox, confirm
    ):
        request = visit()
        access.remember(request, attempt.order)
        imp_uid = iamport_sandbox.pay(attempt)
        confirm(attempt, imp_uid)
        iamport_sandbox.cancel_in_console(imp_uid)
        confirm(attempt, imp_uid)
        assert access.paid_orders(request) == [attempt.order]

    def test_one_whose_account_waits_is_told_where_the_cart_asks_for_those_and_not_again_when_it_is_paid(
        self, visit, attempt, iamport_sandbox, confirm
    ):
        request = visit()
        access.remember(request, attempt.order)
        imp_uid = iamport_sandbox.issue_account(attempt)
        confirm(attempt, imp_uid)
        assert access.paid_orders(request) == []
        assert access.paid_orders(request, awaiting_deposit=True) == [attempt.order]
        iamport_sandbox.deposit(imp_uid)
        confirm(attempt, imp_uid)
        assert access.paid_orders(request, awaiting_deposit=True) == []

    def test_rejected_money_buys_nothing(self, visit, attempt, iamport_sandbox, confirm):
        request = visit()
        access.remember(request, attempt.order)
        confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
        assert access.paid_orders(request) == []

    def test_a_free_order_is_told_too(self, visit, make_order):
        request, order = visit(), make_order(amount=0)
        access.remember(request, order)
        OrderTransaction.objects.settle_free(order)
        assert access.paid_orders(request) == [order]

    def test_orders_of_another_kind_are_told_when_they_are_asked_for(self, visit, iamport_sandbox, db, order):
        request, ticket = visit(), Ticket.objects.create(price=9_000)
        access.remember(request, ticket)
        attempt = TicketTransaction.objects.create_new(ticket)
        imp_uid = iamport_sandbox.pay(attempt)
        TicketTransaction.objects.confirm(imp_uid=imp_uid, source="webhook")
        assert access.paid_orders(request) == []
        assert access.paid_orders(request, TicketTransaction) == [ticket]
