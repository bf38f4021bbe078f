"""Earlier attempts are asked about together; the last one, if its window never opened, is answered again."""

from decimal import Decimal

import pytest

from django_iamport.exceptions import GatewayError, OrderChanged, OrderClosed, OrderPaid
from django_iamport.payments.open_attempts import OpenAttempts
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction
from tests.shopper import in_another_tab


@pytest.fixture
def attempt(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    return attempt


@pytest.fixture
def several(order, attempt, iamport_sandbox):
    """Four attempts that nobody opened."""
    attempts = [attempt, *(in_another_tab(order) for _ in range(3))]
    iamport_sandbox.reset_calls()
    return attempts


def create_new(order, **asked):
    return OrderTransaction.objects.create_new(order, **asked)


def read_all(attempt):
    return f"GET /payments/findAll/{attempt.merchant_uid}"


# Used again.


@pytest.mark.database
def test_an_attempt_whose_window_never_opened_is_answered_again_and_nothing_is_registered(
    order, attempt, iamport_sandbox
):
    again = [create_new(order) for _ in range(5)]

    assert again == [attempt] * 5
    assert {row.order for row in again} == {order}
    assert iamport_sandbox.calls == [read_all(attempt)] * 5
    assert OrderTransaction.objects.count() == 1


def test_what_was_used_again_is_paid_like_any_other(order, attempt, iamport_sandbox, confirm):
    again = create_new(order)

    assert confirm(again, iamport_sandbox.pay(again)).status == "paid"


@pytest.mark.database
def test_the_last_one_counts_by_its_moment_whatever_the_keys_are(iamport_sandbox, db):
    ticket = Ticket.objects.create(price=9_000)
    for _ in range(4):
        last = in_another_tab(ticket)
        # Nothing was asked for beside the amount: the same as without values.
        last.store_asked(request_pay=None)

    assert TicketTransaction.objects.create_new(ticket) == last


@pytest.mark.database
def test_a_younger_one_that_failed_does_not_hide_the_open_one(order, attempt, iamport_sandbox, confirm):
    other = in_another_tab(order)
    confirm(other, iamport_sandbox.decline(other))

    assert create_new(order) == attempt


OTHER_WISHES = {
    "amount": lambda settings: Order.objects.update(amount=60_000),
    "currency": lambda settings: Order.objects.update(currency="USD"),
    "channel": lambda settings: setattr(settings, "IAMPORT_CHANNEL_KEY", "channel-key-2"),
    "pg": lambda settings: setattr(settings, "IAMPORT_PG", "html5_inicis"),
    "values": lambda settings: setattr(settings, "IAMPORT_REQUEST_PAY", {"digital": True}),
    "prefix": lambda settings: (
        setattr(settings, "IAMPORT_MERCHANT_UID_PREFIX", "new"),
        setattr(settings, "IAMPORT_FORMER_PREFIXES", ("test",)),
    ),
}


@pytest.mark.database
@pytest.mark.parametrize("wish", OTHER_WISHES)
def test_who_asks_for_something_else_gets_another(order, attempt, iamport_sandbox, settings, wish):
    OTHER_WISHES[wish](settings)

    other = create_new(order)

    assert other != attempt
    assert create_new(order) == other


@pytest.mark.parametrize("asked", [{"escrow": True}, {"pg_id": "mid"}, {"customer_uid_usage": "issue"}])
def test_who_asks_the_payment_for_something_else_gets_another(order, attempt, iamport_sandbox, asked):
    other = create_new(order, **asked)

    assert other != attempt
    assert create_new(order, **asked) == other
    assert create_new(order) != other


def test_who_opens_the_window_with_something_else_gets_another(order, attempt, iamport_sandbox):
    by_transfer = create_new(order, request_pay=lambda attempt: {"pay_method": "trans"})

    assert by_transfer != attempt
    assert by_transfer.asked.keys() == {"request_pay", "language"}
    assert create_new(order, request_pay=lambda attempt: {"pay_method": "trans"}) == by_transfer
    assert create_new(order, request_pay=lambda attempt: {"pay_method": "vbank"}) != by_transfer


def test_what_a_window_is_opened_with_is_not_compared_with_the_payment(order, iamport_sandbox, confirm):
    attempt = create_new(order, request_pay=lambda attempt: {"pay_method": "trans"})

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"


def test_what_a_window_is_opened_with_is_told_of_the_stored_attempt(order, iamport_sandbox):
    asked_of = []

    def request_pay(attempt):
        asked_of.append((attempt.pk is not None, attempt.order))
        return {"custom_data": attempt.merchant_uid}

    first = create_new(order, request_pay=request_pay)
    assert create_new(order, request_pay=request_pay) == first
    assert asked_of == [(True, order), (True, order)]


@pytest.mark.parametrize("window", ["open", "decline", "close", "issue_account"])
def test_an_attempt_whose_window_opened_is_not_used_again(order, attempt, iamport_sandbox, window):
    getattr(iamport_sandbox, window)(attempt)

    assert create_new(order) != attempt


@pytest.mark.database
def test_after_half_an_hour_it_is_not_used_again(order, attempt, iamport_sandbox, later):
    later(minutes=29)
    assert create_new(order) == attempt

    later(minutes=31)
    assert create_new(order) != attempt


def test_an_attempt_on_a_test_channel_opened_its_window(order, attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.open(attempt)
    iamport_sandbox.edit(imp_uid, without=("sandbox",))

    assert create_new(order) != attempt


CHANGES = [({"status": "closed"}, OrderClosed), ({"amount": 60_000}, OrderChanged)]


@pytest.mark.parametrize(("change", "refusal"), CHANGES)
def test_an_order_that_changed_in_the_last_moment_is_not_asked_for(
    order, attempt, iamport_sandbox, monkeypatch, change, refusal
):
    choose = OpenAttempts.to_use_again

    def and_meanwhile(*args):
        Order.objects.update(**change)
        return choose(*args)

    monkeypatch.setattr(OpenAttempts, "to_use_again", and_meanwhile)

    with pytest.raises(refusal):
        create_new(order)


def in_the_last_moment(monkeypatch, happens):
    choose = OpenAttempts.to_use_again

    def and_meanwhile(*args):
        chosen = choose(*args)
        happens()
        return chosen

    monkeypatch.setattr(OpenAttempts, "to_use_again", and_meanwhile)


def test_an_attempt_that_was_paid_in_the_last_moment_is_not_used_again(
    order, attempt, iamport_sandbox, monkeypatch, confirm
):
    in_the_last_moment(monkeypatch, lambda: confirm(attempt, iamport_sandbox.pay(attempt)))

    with pytest.raises(OrderPaid):
        create_new(order)


def test_an_attempt_whose_window_opened_in_the_last_moment_is_not_used_again(
    order, attempt, iamport_sandbox, monkeypatch, confirm
):
    in_the_last_moment(monkeypatch, lambda: confirm(attempt, iamport_sandbox.open(attempt)))

    assert create_new(order) != attempt


# Asked together.


def test_several_attempts_are_asked_about_in_one_call(order, several, iamport_sandbox):
    in_another_tab(order)

    assert iamport_sandbox.calls == ["GET /payments", "POST /payments/prepare"]


@pytest.mark.database
def test_of_several_the_last_one_is_used_again(order, attempt, iamport_sandbox):
    create_new(order, escrow=True)
    last = create_new(order)
    iamport_sandbox.reset_calls()

    assert create_new(order) == last
    assert iamport_sandbox.calls == ["GET /payments"]


@pytest.mark.parametrize("paid", range(4))
def test_a_payment_of_any_of_them_is_found(order, several, iamport_sandbox, paid):
    imp_uid = iamport_sandbox.pay(several[paid])

    with pytest.raises(OrderPaid):
        create_new(order)

    several[paid].refresh_from_db()
    assert several[paid].status == "paid"
    assert iamport_sandbox.calls == ["GET /payments", read_all(several[paid]), f"GET /payments/{imp_uid}"]


def test_a_paid_window_behind_a_declined_one_is_found(order, several, iamport_sandbox, confirm):
    first, second = iamport_sandbox.open(several[1]), iamport_sandbox.open(several[1])
    iamport_sandbox.account.decline(second)
    confirm(several[1], second)
    iamport_sandbox.approve(first)

    with pytest.raises(OrderPaid):
        create_new(order)


def test_waiting_accounts_of_any_of_them_are_voided(order, several, iamport_sandbox):
    accounts = [iamport_sandbox.issue_account(several[number]) for number in (0, 2)]

    create_new(order)

    assert {iamport_sandbox.payment(imp_uid)["status"] for imp_uid in accounts} == {"cancelled"}


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"timeout": True, "times": 2}, {"html": True, "times": 2}]
)
def test_where_they_cant_be_asked_about_none_begins(order, several, iamport_sandbox, fault):
    iamport_sandbox.fail_next("payments.find_many", **fault)

    with pytest.raises(GatewayError):
        create_new(order)

    assert OrderTransaction.objects.count() == 4


def test_one_that_cant_be_read_keeps_another_from_beginning(order, several, iamport_sandbox):
    imp_uid = iamport_sandbox.open(several[1])
    iamport_sandbox.edit(imp_uid, amount="much")

    with pytest.raises(GatewayError):
        create_new(order)


def test_news_that_waited_for_an_attempt_without_a_payment_waits_no_longer(order, several, iamport_sandbox):
    OrderTransaction.objects.update(backlog_since=several[0].created, backlog_code="gateway_timeout")

    create_new(order)

    assert not OrderTransaction.objects.filter(backlog_since__isnull=False).exists()


@pytest.mark.database
def test_old_attempts_that_are_as_they_were_cost_nothing_more(
    order, several, iamport_sandbox, confirm, later
):
    for row in several[:3]:
        confirm(row, iamport_sandbox.decline(row))
    confirm(several[3], iamport_sandbox.open(several[3]))
    iamport_sandbox.reset_calls()
    later(minutes=31)

    create_new(order)

    assert iamport_sandbox.calls == ["GET /payments", "POST /payments/prepare"]


def test_news_of_an_old_attempt_is_found(order, several, iamport_sandbox, confirm, later):
    for row in several:
        confirm(row, iamport_sandbox.decline(row))
    iamport_sandbox.pay(several[2])
    later(minutes=31)

    with pytest.raises(OrderPaid):
        create_new(order)


@pytest.mark.database
def test_those_that_were_just_opened_are_read_again(order, several, iamport_sandbox, confirm):
    for row in several:
        confirm(row, iamport_sandbox.decline(row))
    iamport_sandbox.reset_calls()

    create_new(order)

    calls = ["GET /payments", *map(read_all, several), "POST /payments/prepare"]
    assert iamport_sandbox.calls == calls


@pytest.mark.database
def test_attempts_of_another_shop_are_not_asked_about(order, several, iamport_sandbox, settings):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"

    assert create_new(order).amount == Decimal(50_000)
    assert iamport_sandbox.calls == ["POST /payments/prepare"]


def test_giving_an_order_up_asks_about_all_of_them_at_once(order, several, iamport_sandbox):
    assert OrderTransaction.objects.give_up(order)
    assert iamport_sandbox.calls == ["GET /payments"]
