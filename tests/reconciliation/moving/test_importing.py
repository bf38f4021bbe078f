"""`iamport_import` takes the former code's payments over: looked up, stored with evidence, told to nobody."""

import os
import signal
from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from django.utils import timezone as django_timezone

from django_iamport.exceptions import InTransaction, RejectPayment
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from django_iamport.reconciliation import moving
from django_iamport.reconciliation.moving import tables
from django_iamport.sandbox.rules.payments.fixtures import import_payments
from tests.reconciliation.moving.conftest import PAYMENTS, Ran
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction
from tests.studio.models import BookingTransaction, GroupBooking

KEPT_OUT = {"3": "less", "4": "test", "6": "unknown", "7": "unrecorded", "8": "other"}


def take_over(*arguments, **options):
    return Ran("iamport_import", *arguments, **options)


def stored():
    return {row.merchant_uid: row for row in OrderTransaction.objects.all()}


@pytest.mark.database
def test_what_is_right_is_stored_with_its_evidence_and_what_is_not_is_told(orders):
    ran = take_over("--json")

    assert ran.found == KEPT_OUT
    assert ran.code == ran.report["exit_code"] == 4
    assert (ran.report["taken"], ran.report["known"], ran.report["left"]) == (
        {"paid": 2, "cancelled": 1},
        0,
        2,
    )
    row = stored()["de47abf1b7"]
    assert (row.status, row.imp_uid, row.order) == ("paid", "imp_000000000001", orders[0])
    assert (row.amount, row.paid_amount, row.paid_currency, row.sandbox) == (50_000, 50_000, "KRW", False)
    assert row.verified_at is not None
    assert row.created == datetime(2019, 4, 1, 3, 1, tzinfo=timezone.utc)
    assert [(line.event, line.source) for line in row.history] == [("imported", "import")]


@pytest.mark.database
def test_where_use_tz_is_off_a_row_keeps_its_moment(orders, settings):
    settings.USE_TZ = False

    take_over()

    assert stored()["de47abf1b7"].created.isoformat() == "2019-04-01T03:01:00"


def test_nobody_is_told_and_nothing_goes_back(orders, heard, gateway):
    take_over()

    assert heard.names == []
    assert (Refund.objects.count(), OperatorCall.objects.count()) == (0, 0)
    assert [call for call in gateway.calls if "cancel" in call or "prepare" in call] == []


@pytest.mark.database
def test_orders_are_what_their_payments_are(orders):
    take_over()

    found = dict(Order.objects.values_list("pk", "status"))
    assert [found[number] for number in (1, 2, 3, 5, 7)] == ["paid", "paid", "ready", "refunded", "ready"]
    assert Order.objects.get(pk=1).paid_at == stored()["de47abf1b7"].paid_at


@pytest.mark.database
def test_money_that_went_back_is_taken_over_with_each_refund(orders, gateway):
    gateway.cancel_in_console("imp_000000000001", 10_000)

    take_over()

    partly, whole = stored()["de47abf1b7"], stored()["0c66bda63c"]
    assert (partly.status, partly.cancel_amount, partly.held_amount) == ("paid", 10_000, 40_000)
    assert (whole.status, whole.held_amount) == ("cancelled", 0)
    assert {(c.merchant_uid, c.amount) for c in Cancellation.objects.all()} == {
        ("de47abf1b7", 10_000),
        ("0c66bda63c", 50_000),
    }
    assert Order.objects.get(pk=1).status == "paid"


def test_what_was_taken_over_is_a_payment_like_any_other(orders, heard):
    take_over()
    row = stored()["de47abf1b7"]

    row.cancel(20_000, reason="returned")

    assert (row.status, row.cancel_amount) == ("paid", 20_000)
    assert heard.names == ["payment_cancelled"]


@pytest.mark.database
def test_it_can_be_run_again_and_asks_nothing_of_what_it_has(orders, gateway):
    take_over()
    gateway.reset_calls()
    before = History.objects.count()

    ran = take_over("--json")

    assert (ran.report["taken"], ran.report["known"], ran.found) == ({}, 3, KEPT_OUT)
    assert not [call for call in gateway.calls if "imp_000000000001" in call or "imp_000000000002" in call]
    assert (OrderTransaction.objects.count(), History.objects.count()) == (3, before)


@pytest.mark.database
def test_a_dry_run_says_the_same_and_stores_nothing(orders):
    dry = take_over("--dry-run", "--json")

    assert (OrderTransaction.objects.count(), History.objects.count()) == (0, 0)
    assert set(Order.objects.values_list("status", flat=True)) == {"ready"}
    real = take_over("--json")
    assert dry.report == real.report


def test_sigterm_ends_it_behind_the_row_in_hand_and_the_next_run_goes_on(orders, gateway):
    gateway.meanwhile("payments.find", lambda: os.kill(os.getpid(), signal.SIGTERM))

    ran = take_over("--json")

    assert (ran.report["stopped"], ran.report["taken"], ran.code) == (True, {"paid": 1}, 5)
    assert take_over("--json").report["taken"] == {"paid": 1, "cancelled": 1}


def test_it_is_told_in_words(orders):
    lines = take_over().out.splitlines()

    assert lines[0].split() == ["order", "merchant_uid", "imp_uid", "code", "here", "there"]
    assert lines[1].split() == ["3", "0732d58aae", "imp_000000000003", "less", "paid", "50000", "paid", "100"]
    assert lines[-9:-6] == ["cancelled: 1", "paid: 2", "nothing to take over: 2"]
    assert "unrecorded: 1  paid at the gateway, and not here" in lines


# What an operator, and the shop, decide.


def test_a_payment_of_less_is_taken_over_where_the_operator_says_so(orders):
    ran = take_over("--accept=less", "--json")

    row = stored()["0732d58aae"]
    assert "3" not in ran.found
    assert (row.status, row.amount, row.paid_amount) == ("paid", 100, 100)


def test_a_payment_that_was_never_recorded_pays_its_order_where_the_operator_says_so(orders, heard):
    take_over("--accept=unrecorded", "--json")

    assert (stored()["36adab53b2"].status, Order.objects.get(pk=7).status) == ("paid", "paid")
    assert heard.names == []


def test_a_number_is_skipped(orders):
    ran = take_over("--skip=de47abf1b7", "--skip=0732d58aae", "--json")

    # The payment that two rows claim is the second one's now, and belongs to another number.
    assert ran.found == {**{row: code for row, code in KEPT_OUT.items() if row != "3"}}
    assert stored().keys() == {"1c2333dfe0", "0c66bda63c"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_order_may_refuse(orders, monkeypatch, dry_run):
    def accepts_import(self, transaction):
        if self.pk == 2:
            raise RejectPayment("lawsuit")
        return self.pk != 1

    monkeypatch.setattr(Order, "accepts_import", accepts_import)

    ran = take_over("--json", dry_run=dry_run)

    assert (ran.found["1"], ran.found["2"]) == ("refused", "lawsuit")
    assert stored().keys() == (set() if dry_run else {"0c66bda63c"})


def test_a_hook_that_fails_leaves_its_row_and_the_rest_goes_on(orders, monkeypatch, caplog):
    def payment_imported(self, transaction):
        if self.pk == 1:
            raise KeyError("shipping")

    monkeypatch.setattr(Order, "payment_imported", payment_imported)

    ran = take_over("--json")

    assert ran.found["1"] == "receiver_failed"
    assert stored().keys() == {"1c2333dfe0", "0c66bda63c"}


# Rows that can't be taken over.


def test_without_the_former_prefix_the_numbers_are_nobodys(orders, settings, gateway):
    settings.IAMPORT_FORMER_PREFIXES = []

    ran = take_over("--json")

    assert set(ran.found.values()) == {"foreign"}
    assert ran.report["asked"] == 0


@pytest.mark.database
def test_a_row_without_its_order_is_told(orders):
    Order.objects.filter(pk=1).delete()

    assert take_over("--json").found["1"] == "no_order"


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_order_that_another_payment_has_paid_is_left(orders, gateway, dry_run):
    attempt = OrderTransaction.objects.create_new(orders[0])
    OrderTransaction.objects.confirm(imp_uid=gateway.pay(attempt), source="webhook")

    assert take_over("--json", dry_run=dry_run).found["1"] == "paid_by_another"


@pytest.fixture
def twice(orders, gateway):
    """Two rows of the first order; the second payment came by a virtual account."""
    deposit = {"pay_method": "vbank", "vbank_num": "110-123-456789"}
    second = {"merchant_uid": "baf43c52ba", "imp_uid": "imp_second", "amount": 50_000}
    import_payments(gateway.account, [{**second, **deposit}])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE order_ordertransaction SET order_id = 1, transaction_id = 'imp_second' WHERE order_id = 9"
        )


@pytest.mark.database
@pytest.mark.parametrize("dry_run", [True, False])
def test_of_two_rows_that_paid_one_order_the_first_is_taken_over(twice, dry_run):
    assert take_over("--json", dry_run=dry_run).found["8"] == "paid_by_another"


@pytest.mark.parametrize("refunded", ["imp_second", "imp_000000000001"])
def test_an_order_is_paid_as_long_as_one_of_its_payments_is(twice, gateway, refunded):
    gateway.edit(refunded, status="cancelled", cancel_amount=50_000)

    ran = take_over("--json")

    assert ran.report["taken"] == {"paid": 2, "cancelled": 2}
    assert Order.objects.get(pk=1).status == "paid"


def test_the_total_is_the_order_s_as_it_is_here(orders):
    Order.objects.filter(pk=1).update(amount=60_000)

    assert take_over("--json").found["1"] == "less"


def test_a_payment_whose_channel_is_not_told_waits_for_another_run(orders, gateway):
    gateway.edit("imp_000000000001", without=("sandbox",))

    assert take_over("--json").found["1"] == "payment_unknown"


def test_a_gateway_that_fails_leaves_the_rows_for_another_run(orders, gateway):
    gateway.fail_next("payments.find", times=100, timeout=True)
    gateway.fail_next("payments.find_many", times=100, timeout=True)

    ran = take_over("--json")

    assert (ran.report["stopped"], ran.report["rows"], ran.code) == (True, 3, 5)
    assert set(ran.report["codes"]) == {"gateway_timeout"}
    assert stored() == {}


def test_within_a_transaction_nothing_is_asked(gateway):
    with transaction.atomic(), pytest.raises(InTransaction):
        moving.take_over(OrderTransaction, moving.Tables(), "default")
    assert gateway.calls == []


# Under way when the shop moved.


@pytest.fixture
def under_way(orders, gateway):
    """The tenth order's window was opened a moment ago, by the former code."""
    begun = django_timezone.now() - timedelta(minutes=10)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE order_ordertransaction SET created = %s WHERE order_id = 10", [begun])
    return gateway


def test_a_window_that_is_open_is_followed_and_paid_as_any_other(under_way, heard, confirm):
    ran = take_over("--json")
    row = stored()["e60aaf9d7f"]
    assert (ran.report["taken"]["ready"], row.status, row.imp_uid) == (1, "ready", None)

    import_payments(
        under_way.account, [{"merchant_uid": "e60aaf9d7f", "imp_uid": "imp_late", "amount": 25_000}]
    )
    confirm(row, "imp_late")

    assert (stored()["e60aaf9d7f"].status, heard.names) == ("paid", ["payment_paid"])


@pytest.mark.parametrize(("amount", "taken"), [(25_000, True), (100, False)])
def test_an_account_that_waits_is_followed_if_it_asks_for_what_the_order_does(
    under_way, heard, amount, taken
):
    waiting = {
        "merchant_uid": "e60aaf9d7f",
        "imp_uid": "imp_waiting",
        "amount": amount,
        "status": "ready",
        "pay_method": "vbank",
        "vbank_num": "110-123-456789",
    }
    import_payments(under_way.account, [waiting])

    ran = take_over("--json")

    assert heard.names == []
    if not taken:
        assert (ran.found["9"], ran.found["10"]) == ("less", "less")
        return
    assert stored()["e60aaf9d7f"].is_awaiting_deposit
    under_way.deposit("imp_waiting")
    under_way.deliver_webhooks()
    assert (stored()["e60aaf9d7f"].status, heard.names) == ("paid", ["payment_paid"])


# Other models, other keys.


@pytest.mark.database
def test_orders_that_got_other_keys_are_found_by_the_former_one(gateway, settings):
    settings.IAMPORT_FORMER_PREFIXES = [""]
    ticket = Ticket.objects.create(price=50_000, customer="1")

    ran = take_over("--model=shop.TicketTransaction", "--order-field=customer", "--json")

    assert TicketTransaction.objects.get().order == ticket
    assert ran.report["taken"] == {"paid": 1}


@pytest.mark.database
@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(("are_places_left", "found"), [(True, None), (False, "refused")])
def test_an_order_with_a_table_of_its_own_is_asked_what_it_costs_and_whether(
    gateway, settings, monkeypatch, dry_run, are_places_left, found
):
    """A group's booking costs twice what that of its parent does."""
    settings.IAMPORT_FORMER_PREFIXES = [""]
    monkeypatch.setattr(GroupBooking, "accepts_import", lambda self, transaction: self.are_places_left)
    GroupBooking.objects.create(course="1", price=25_000, are_places_left=are_places_left)

    ran = take_over("--model=studio.BookingTransaction", "--order-field=course", "--json", dry_run=dry_run)

    assert ran.found.get("1") == found
    assert BookingTransaction.objects.count() == (found is None and not dry_run)


@pytest.mark.database
def test_payments_of_a_similar_table_are_taken_over(similar, orders):
    ran = take_over("--json", *similar)

    assert ran.found == {"2": "less", "3": "unrecorded"}
    assert stored().keys() == {"de47abf1b7"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--model=shop.Order"], "shop.Order is not a transaction model."),
        (["--model=shop.Nothing"], "App 'shop' doesn't have a 'Nothing' model."),
        (["--order-field=nonsense"], "Cannot resolve keyword 'nonsense' into field."),
    ],
)
def test_what_is_not_there_is_named(orders, arguments, told):
    ran = take_over(*arguments)

    assert ran.failed.startswith(told)
    assert (ran.code, stored()) == (1, {})


@pytest.mark.database
def test_rows_are_read_in_batches_each_of_them_once(orders, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 3)

    ran = take_over("--json")

    assert (ran.found, ran.report["rows"]) == (KEPT_OUT, 10)
    assert len(PAYMENTS) == 6
