"""A router that reads elsewhere: whatever decides reads the database that is written to."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from django_iamport import access
from django_iamport.exceptions import IamportError, OrderPaid
from django_iamport.models import Refund
from django_iamport.models.registry import find_attempt
from django_iamport.refunds.accounts import RefundAccount
from django_iamport.webhooks import intake
from tests.admin import desk
from tests.shop.models import Order, OrderTransaction
from tests.shopper import Shopper

OURS = ("django_iamport", "shop")
ACCOUNT = RefundAccount(bank="088", account="110123456789", holder="Kim")

pytestmark = pytest.mark.django_db(transaction=True)


class ReadsElsewhere:
    """As many shops have it: rows are written here, and read from a replica that lags."""

    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label in OURS else None

    def db_for_write(self, model, **hints):
        return "default"

    def allow_relation(self, *rows, **hints):
        return True


@pytest.fixture
def read_elsewhere(settings, order):
    """What was read from the replica so far; whoever tries fails."""
    said = []

    def refuse():
        said.append("a read")
        raise RuntimeError("something was read from the replica")

    connections.settings["replica"] = {**connections.settings["default"]}
    connections["replica"].ensure_connection = refuse
    settings.DATABASE_ROUTERS = [ReadsElsewhere()]
    yield said
    settings.DATABASE_ROUTERS = []
    del connections["replica"], connections.settings["replica"]


@pytest.fixture
def stored():
    """For the test's own eyes."""
    return lambda model=OrderTransaction, **columns: model._base_manager.using("default").get(**columns)


@pytest.fixture
def hooks_that_read(monkeypatch):
    """An order whose answers hang on its relations, and on those of its transaction."""

    def accepts(self, transaction):
        others = self.transactions.filter(status="paid").exclude(pk=transaction.pk)
        lines = list(self.items.all())
        return not others.exists() and not lines and transaction.order.status == "ready"

    monkeypatch.setattr(Order, "accepts_payment", accepts)


@pytest.fixture
def began(read_elsewhere, hooks_that_read, order, iamport_sandbox):
    return OrderTransaction.objects.create_new(order)


def test_the_replica_of_these_tests_is_read_by_whoever_asks_the_router(read_elsewhere):
    with pytest.raises(RuntimeError):
        Order.objects.count()
    assert len(read_elsewhere) == 1


def paid(attempt, sandbox, **payment):
    return attempt._meta.model.objects.confirm(
        merchant_uid=attempt.merchant_uid, imp_uid=sandbox.pay(attempt, **payment), source="browser"
    )


def test_a_payment_is_begun_confirmed_and_polled(began, read_elsewhere, order, iamport_sandbox, stored):
    OrderTransaction.objects.create_new(order)
    OrderTransaction.objects.poll(began.merchant_uid)

    row = paid(began, iamport_sandbox)
    row.sync()

    assert (row.status, row.order.status, stored(Order).status) == ("paid", "paid", "paid")
    assert [entry.event for entry in row.history] == ["paid"]
    assert OrderTransaction.objects.poll(began.merchant_uid).status == "paid"
    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)
    assert read_elsewhere == []


def test_a_notice_is_taken_in(began, read_elsewhere, iamport_sandbox, stored):
    imp_uid = iamport_sandbox.pay(began)

    assert intake.receive(began.merchant_uid, imp_uid) == "stored"
    assert intake.receive("", imp_uid) == "stored"

    assert (stored().status, read_elsewhere) == ("paid", [])


def test_money_goes_back_in_parts_and_whole(began, read_elsewhere, iamport_sandbox, stored):
    row = paid(began, iamport_sandbox)

    refund = row.cancel(10_000, reason="broke")
    row.cancel(reason="all")

    refund.refresh_from_db()
    assert (refund.status, row.status, stored().status) == ("done", "cancelled", "cancelled")
    assert [entry.amount for entry in row.cancellations] == [10_000, 40_000]
    assert (row.pending_refund, read_elsewhere) == (None, [])


def test_a_wish_that_waits_for_an_account_is_carried_out(began, read_elsewhere, iamport_sandbox, stored):
    imp_uid = iamport_sandbox.issue_account(began)
    OrderTransaction.objects.confirm(imp_uid=imp_uid, merchant_uid=began.merchant_uid, source="webhook")
    Order.objects.using("default").update(amount=1_000)
    iamport_sandbox.deposit(imp_uid)
    OrderTransaction.objects.confirm(merchant_uid=began.merchant_uid, imp_uid=imp_uid, source="webhook")
    row = stored()
    assert row.pending_refund.needs_account

    refund = row.retry_refund(refund_account=ACCOUNT, by="customer")

    assert (refund.status, row.status, read_elsewhere) == ("done", "cancelled", [])


def test_a_row_that_a_shop_read_from_its_replica_decides_nothing(
    began, read_elsewhere, iamport_sandbox, stored
):
    """Such a row names its database; the copy in hand stands for it here."""
    copy = paid(began, iamport_sandbox)
    copy._state.db = "replica"

    copy.cancel(10_000, reason="broke")
    assert copy._state.db == "default"
    copy._state.db = "replica"
    assert (copy.refunds.get().status, copy.cancellations.get().amount) == ("done", 10_000)
    assert [entry.event for entry in copy.history][-1] == "cancelled"
    assert not copy.operator_calls.open().exists()
    assert copy.order._state.db == "default"
    copy.refresh_from_db()

    refund = copy.refunds.get()
    refund._state.db = "replica"
    refund.refresh_from_db()
    assert (refund._state.db, read_elsewhere) == ("default", [])


def test_a_rejected_payment_is_accepted(began, read_elsewhere, settings, iamport_sandbox, stored):
    settings.IAMPORT_AUTO_CANCEL = ()
    Order.objects.using("default").update(amount=60_000)
    row = paid(began, iamport_sandbox)
    assert row.status == "rejected"

    row.accept(reason="agreed")

    assert (row.status, stored(Order).status, read_elsewhere) == ("paid", "paid", [])


def test_an_account_is_changed(began, read_elsewhere, iamport_sandbox, stored):
    imp_uid = iamport_sandbox.issue_account(began, pg_provider="settle")
    OrderTransaction.objects.confirm(imp_uid=imp_uid, merchant_uid=began.merchant_uid, source="webhook")
    Order.objects.using("default").update(amount=60_000)
    row = stored()

    row.change_account(vbank_due=timezone.now() + timedelta(days=3))

    assert (row.amount, read_elsewhere) == (60_000, [])


def test_an_order_is_settled_or_given_up(began, read_elsewhere, order, stored):
    assert OrderTransaction.objects.give_up(order)
    assert stored(Order).status == "closed"
    free = Order.objects.create(name="gift", amount=0)

    OrderTransaction.objects.settle_free(free)

    free.refresh_from_db()
    assert (free.status, read_elsewhere) == ("paid", [])


def test_an_order_is_closed(read_elsewhere, order):
    order.close()

    assert (order.status, read_elsewhere) == ("closed", [])


def test_an_assigned_status_is_looked_up(began, read_elsewhere, iamport_sandbox, stored):
    began.imp_uid, began.status = iamport_sandbox.pay(began), "paid"
    began.save()

    assert (stored().status, read_elsewhere) == ("paid", [])


@pytest.mark.parametrize("what", ["a payment", "a backlog", "a refund", "an unpaid order"])
def test_the_reconciliation_finds(
    what, began, read_elsewhere, settings, iamport_sandbox, monkeypatch, stored
):
    settings.IAMPORT_GIVE_UP_AFTER = timedelta(0)
    OrderTransaction._base_manager.using("default").update(created=began.created - timedelta(hours=1))
    if what == "a payment":
        iamport_sandbox.pay(began)
    elif what == "a backlog":
        iamport_sandbox.fail_next("payments", disconnect=True, times=2)
        with pytest.raises(IamportError):
            intake.receive(began.merchant_uid, iamport_sandbox.pay(began))
    elif what == "a refund":
        Order.objects.using("default").update(amount=60_000)
        with monkeypatch.context() as later:
            later.setattr("django_iamport.refunds.execution.execute_all", lambda *args: None)
            paid(began, iamport_sandbox)
        assert Refund.objects.get().status == "wanted"

    call_command("iamport_sync", stdout=StringIO(), stderr=StringIO())

    found = (stored().status, stored(Order).status)
    assert found == {
        "a refund": ("cancelled", "closed"),
        "an unpaid order": ("ready", "closed"),
    }.get(what, ("paid", "paid"))
    assert read_elsewhere == []


def test_the_customers_pages_know_what_was_just_written(read_elsewhere, iamport_sandbox, settings, stored):
    shopper = Shopper().add()
    key = shopper.key()
    answer = shopper.order(key).json()
    assert shopper.order(key).status_code == 200
    attempt = find_attempt(answer["checkout"]["merchant_uid"])
    assert shopper.checkout(str(attempt.order_id)).status_code == 200

    assert shopper.claim(attempt).json()["status"] == "ready"
    claimed = shopper.claim(attempt, iamport_sandbox.pay(attempt)).json()

    assert claimed["status"] == "paid"
    assert shopper.receipt(attempt).status_code == 200
    assert shopper.cart_lines() == 0
    notice = {"merchant_uid": attempt.merchant_uid, "imp_uid": stored(pk=attempt.pk).imp_uid}
    assert shopper.post("webhook", notice).status_code == 200
    assert shopper.client.get(answer["checkout"]["request_pay"]["m_redirect_url"]).status_code == 302
    question = {"merchant_uid": attempt.merchant_uid, "amount": 50_000}
    assert shopper.post("confirm", question).status_code == 409
    assert read_elsewhere == []


def test_a_visitors_orders_are_those_just_written(read_elsewhere, order, rf):
    request = rf.get("/")
    request.session = {}
    access.remember(request, order, checkout_key="key")

    assert list(access.orders_of(request)) == [order]
    assert access.order_by_key(request, Order, "key") == order
    assert (access.paid_orders(request), read_elsewhere) == ([], [])


@pytest.mark.urls(desk.__name__)
def test_the_desks_buttons_know_what_was_just_written(
    began, read_elsewhere, iamport_sandbox, settings, admin_client, stored
):
    settings.IAMPORT_AUTO_CANCEL = ()
    Order.objects.using("default").update(amount=60_000)
    row = paid(began, iamport_sandbox)

    assert admin_client.get(desk.change(row)).status_code == 200
    assert admin_client.post(desk.page("sync", row)).status_code == 302
    agreed = {"reason": "agreed", "confirmed": "on"}
    assert admin_client.post(desk.page("accept", row), agreed).status_code == 302
    fields = desk.refund_fields(admin_client, row, amount=10_000)
    assert admin_client.post(desk.page("refund", row), fields).status_code == 302
    assert admin_client.get(desk.page("changelist")).status_code == 200
    assert admin_client.get(desk.change(row.order)).status_code == 200

    assert (stored().status, stored().cancel_amount, read_elsewhere) == ("paid", 10_000, [])
