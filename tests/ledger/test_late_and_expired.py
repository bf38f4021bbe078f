"""Accounts past their due moment, money that comes late, and orders that are given up."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from django_iamport.exceptions import (
    AccountNotWaiting,
    AccountWaiting,
    GatewayError,
    InTransaction,
    OrderNotClosed,
    RejectPayment,
)
from django_iamport.models import Refund
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction

NO = {"status": 400, "body": {"code": -1, "message": "no", "response": None}}


def due_in(gateway, imp_uid, **span):
    due = timezone.now() + timedelta(**span)
    gateway.edit(imp_uid, vbank_date=int(due.timestamp()))
    return imp_uid


@pytest.fixture
def expired(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    return confirm(attempt, due_in(iamport_sandbox, imp_uid, hours=-1))


# Expired.


def test_an_account_past_its_due_moment_is_failed_as_expired_and_told_once(
    expired, order, iamport_sandbox, confirm, heard
):
    confirm(expired, expired.imp_uid)
    confirm(expired)

    order.refresh_from_db()
    expired.refresh_from_db()
    assert (expired.status, expired.fail_reason, expired.is_expired) == ("failed", "expired", True)
    assert (expired.is_awaiting_deposit, order.status) == (False, "ready")
    assert [h.event for h in expired.history] == ["account_issued", "expired"]
    assert heard.names == []


def test_it_is_told_as_a_failure(attempt, iamport_sandbox, confirm, heard):
    confirm(attempt, imp_uid := iamport_sandbox.issue_account(attempt))
    confirm(attempt, due_in(iamport_sandbox, imp_uid, hours=-1))

    assert heard.names == ["payment_ready", "payment_failed"]


def test_the_customer_reads_why_in_words(expired):
    assert str(expired.get_fail_reason_display()) == "Nothing was deposited by the deadline."


def test_first_heard_of_when_it_had_expired_it_is_never_shown(attempt, iamport_sandbox, confirm, heard):
    imp_uid = due_in(iamport_sandbox, iamport_sandbox.issue_account(attempt), hours=-1)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.fail_reason, heard.names) == ("failed", "expired", ["payment_failed"])


@pytest.mark.database
def test_it_frees_the_order_to_be_paid_in_another_way(expired, order, iamport_sandbox, confirm):
    iamport_sandbox.fail_next("vbanks.void", **NO)

    other = OrderTransaction.objects.create_new(order)
    confirm(other, iamport_sandbox.pay(other))

    order.refresh_from_db()
    assert order.status == "paid"


def test_a_deposit_of_the_last_minute_may_be_heard_of_a_little_later(attempt, iamport_sandbox, confirm):
    imp_uid = due_in(iamport_sandbox, iamport_sandbox.issue_account(attempt), minutes=-5)

    assert confirm(attempt, imp_uid).is_awaiting_deposit


def test_without_a_due_moment_nothing_expires(attempt, iamport_sandbox, confirm, later):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.edit(imp_uid, vbank_date=0)
    later(days=900)

    assert confirm(attempt, imp_uid).is_awaiting_deposit


def test_before_anything_expires_all_payments_under_the_number_are_read(
    attempt, iamport_sandbox, confirm, heard
):
    account = due_in(iamport_sandbox, iamport_sandbox.issue_account(attempt), hours=-1)
    iamport_sandbox.pay(attempt, force=True)

    row = confirm(attempt, account)

    assert (row.status, heard.names) == ("paid", ["payment_paid"])


def test_an_expired_second_account_takes_nobodys_place(attempt, iamport_sandbox, confirm):
    first, second = (iamport_sandbox.issue_account(attempt) for _ in range(2))
    confirm(attempt, first)
    due_in(iamport_sandbox, second, hours=-1)

    row = confirm(attempt, second)

    assert (row.imp_uid, row.is_awaiting_deposit) == (first, True)
    assert iamport_sandbox.payment(first)["status"] == "ready"


def test_a_due_moment_that_was_moved_at_the_gateway_brings_the_account_back(
    expired, iamport_sandbox, confirm, heard
):
    row = confirm(expired, due_in(iamport_sandbox, expired.imp_uid, days=3))

    assert (row.is_awaiting_deposit, row.fail_reason) == (True, "")
    assert heard.names == ["payment_ready"]


# Late.


def pay_late(gateway, row):
    due_in(gateway, row.imp_uid, days=1)
    gateway.deposit(row.imp_uid)
    return row.imp_uid


def test_a_late_deposit_is_honoured_where_the_order_still_wants_it(
    expired, order, iamport_sandbox, confirm, heard
):
    iamport_sandbox.account.deposit(expired.imp_uid)
    row = confirm(expired, expired.imp_uid)

    order.refresh_from_db()
    assert (row.status, order.status, heard.names) == ("paid", "paid", ["payment_paid"])


@pytest.fixture
def failed(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.decline(attempt))


def approve(gateway, row, confirm):
    gateway.approve(row.imp_uid)
    return confirm(row, row.imp_uid)


def test_a_shop_that_wants_no_late_money_returns_it(failed, iamport_sandbox, confirm, monkeypatch):
    monkeypatch.setattr(Order, "accepts_late_payment", lambda self, transaction: False)

    row = approve(iamport_sandbox, failed, confirm)

    assert (row.status, row.reject_reason) == ("cancelled", "order_closed")
    assert iamport_sandbox.payment(row.imp_uid)["cancel_amount"] == 50_000


def test_a_shop_may_put_late_money_before_an_operator(failed, iamport_sandbox, confirm, monkeypatch, heard):
    def ask_somebody(self, transaction):
        raise RejectPayment("late", refund=False)

    monkeypatch.setattr(Order, "accepts_late_payment", ask_somebody)

    row = approve(iamport_sandbox, failed, confirm)

    assert (row.status, row.reject_reason, row.held_amount) == ("rejected", "late", 50_000)
    assert [told["reason"] for told in heard["operator_needed"]] == ["held"]
    assert Refund.objects.count() == 0
    row.accept(reason="we still have it", by="kim")
    assert row.status == "paid"


def test_what_is_in_time_is_not_asked_about(attempt, iamport_sandbox, confirm, monkeypatch):
    monkeypatch.setattr(Order, "accepts_late_payment", lambda self, transaction: 1 / 0)

    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"


@pytest.mark.database
def test_late_money_for_an_order_that_was_paid_meanwhile_is_a_duplicate(
    failed, order, iamport_sandbox, confirm, monkeypatch
):
    monkeypatch.setattr(Order, "accepts_late_payment", lambda self, transaction: 1 / 0)
    other = OrderTransaction.objects.create_new(order)
    confirm(other, iamport_sandbox.pay(other))

    assert approve(iamport_sandbox, failed, confirm).reject_reason == "duplicate"


# Given up.


@pytest.mark.database
def test_an_unpaid_order_is_given_up_and_a_later_payment_goes_back(attempt, order, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.open(attempt)

    assert OrderTransaction.objects.give_up(order) is True

    order.refresh_from_db()
    iamport_sandbox.approve(imp_uid)
    row = confirm(attempt, imp_uid)
    assert (order.status, row.status, row.reject_reason) == ("closed", "cancelled", "order_closed")


def test_the_gateway_is_asked_before_an_order_is_given_up(attempt, order, iamport_sandbox):
    iamport_sandbox.pay(attempt)

    assert OrderTransaction.objects.give_up(order) is False

    order.refresh_from_db()
    attempt.refresh_from_db()
    assert (order.status, attempt.status) == ("paid", "paid")


def test_a_gateway_that_is_down_gives_nothing_up(attempt, order, iamport_sandbox):
    iamport_sandbox.fail_next("payments.find_all_page", times=2, timeout=True)

    with pytest.raises(GatewayError):
        OrderTransaction.objects.give_up(order)

    order.refresh_from_db()
    assert order.status == "ready"


def test_a_waiting_account_keeps_its_order(attempt, order, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(attempt)

    assert OrderTransaction.objects.give_up(order) is False

    order.refresh_from_db()
    assert (order.status, iamport_sandbox.payment(imp_uid)["status"]) == ("ready", "ready")


def test_unless_it_is_to_be_voided(attempt, order, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(attempt)

    assert OrderTransaction.objects.give_up(order, void_accounts=True) is True

    order.refresh_from_db()
    assert (order.status, iamport_sandbox.payment(imp_uid)["status"]) == ("closed", "cancelled")


def test_an_account_that_cannot_be_voided_keeps_it(attempt, order, iamport_sandbox):
    iamport_sandbox.issue_account(attempt)
    iamport_sandbox.fail_next("vbanks.void", **NO)

    with pytest.raises(AccountWaiting):
        OrderTransaction.objects.give_up(order, void_accounts=True)

    order.refresh_from_db()
    assert order.status == "ready"


def test_an_expired_account_does_not(expired, order):
    assert OrderTransaction.objects.give_up(order) is True


def test_an_order_without_attempts_is_given_up(order):
    assert OrderTransaction.objects.give_up(order) is True
    assert OrderTransaction.objects.give_up(order) is False


def sold_out(order, transaction):
    raise RejectPayment("sold_out")


def refused(order, transaction):
    return False


@pytest.mark.database
@pytest.mark.parametrize("answer", [sold_out, refused])
def test_an_unpaid_order_that_sold_out_is_given_up_once(order, monkeypatch, answer):
    monkeypatch.setattr(Order, "accepts_payment", answer)

    assert OrderTransaction.objects.give_up(order) is True

    order.refresh_from_db()
    assert order.status == "closed"
    assert not order.unpaid_since(timezone.now()).exists()


@pytest.mark.parametrize("answer", [sold_out, refused])
def test_a_refunded_order_is_not_given_up_though_it_sold_out(
    attempt, order, iamport_sandbox, confirm, monkeypatch, answer
):
    confirm(attempt, iamport_sandbox.pay(attempt)).cancel(reason="all")
    monkeypatch.setattr(Order, "accepts_payment", answer)

    assert OrderTransaction.objects.give_up(order) is False

    order.refresh_from_db()
    assert order.status == "refunded"


def test_an_order_of_ones_own_that_sold_out_is_closed_by_its_own_hook(db, iamport_sandbox, monkeypatch):
    monkeypatch.setattr(Ticket, "accepts_payment", sold_out)
    ticket = Ticket.objects.create(price=9_000)

    assert TicketTransaction.objects.give_up(ticket) is True

    ticket.refresh_from_db()
    assert ticket.is_given_up


@pytest.mark.parametrize("answer", [sold_out, refused])
def test_one_that_was_settled_without_a_payment_is_not_given_up(db, iamport_sandbox, monkeypatch, answer):
    monkeypatch.setattr(Ticket, "accepts_payment", answer)
    monkeypatch.setattr(Ticket, "is_settled_free", lambda ticket: True)
    ticket = Ticket.objects.create(price=0)

    assert TicketTransaction.objects.give_up(ticket) is False

    ticket.refresh_from_db()
    assert not ticket.is_given_up


def test_an_order_of_ones_own_says_by_itself_what_giving_up_means(db, iamport_sandbox):
    ticket = Ticket.objects.create(price=9_000)

    assert TicketTransaction.objects.give_up(ticket) is True

    ticket.refresh_from_db()
    assert ticket.is_given_up


def test_an_order_that_still_accepts_payments_after_it_was_closed_is_not_given_up(
    db, iamport_sandbox, monkeypatch
):
    ticket = Ticket.objects.create(price=9_000)

    def close(ticket):
        Ticket.objects.filter(pk=ticket.pk).update(customer="half closed")

    monkeypatch.setattr(Ticket, "close", close)
    with pytest.raises(OrderNotClosed, match=r"Ticket\.accepts_payment"):
        TicketTransaction.objects.give_up(ticket)

    ticket.refresh_from_db()
    assert ticket.customer == ""


def test_within_a_transaction_nothing_is_given_up(order, iamport_sandbox):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(InTransaction):
        OrderTransaction.objects.give_up(order)


# Told by mail.


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Please transfer the amount", "Bank: ", "₩50,000", "Deposit by: 2099-12-24 23:59 (KST)")),
        ("ko", ("입금해 주세요", "은행: ", "50,000원", "2099-12-24 23:59 (KST)")),
    ],
)
def test_the_text_for_a_mail_says_where_how_much_and_until_when_in_korea(
    order, iamport_sandbox, confirm, language, words, settings
):
    settings.TIME_ZONE = "America/New_York"
    with translation.override(language):
        attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.edit(imp_uid, vbank_date=4_101_807_599)
    row = confirm(attempt, imp_uid)

    text = row.get_deposit_text()

    for word in (*words, row.vbank_num, row.vbank_name, row.vbank_holder, order.name):
        assert word in text


def test_a_text_for_a_mail_is_not_html(attempt, order, iamport_sandbox, confirm):
    Order.objects.update(name="Cup & Saucer <large>")
    row = confirm(attempt, iamport_sandbox.issue_account(attempt))

    assert "Cup & Saucer <large>" in row.get_deposit_text()


def test_where_no_account_waits_there_is_no_text(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    with pytest.raises(AccountNotWaiting):
        row.get_deposit_text()
