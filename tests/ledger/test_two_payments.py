"""One order, several attempts and windows: one payment counts, every other goes back."""

import itertools

import pytest

from django_iamport.exceptions import OrderPaid, PaymentUnknown, RejectPayment
from django_iamport.models import Refund
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab


def rows():
    return {row.imp_uid: (row.status, row.reject_reason) for row in OrderTransaction.objects.all()}


def test_a_second_tab_paying_the_same_order_is_refunded(order, attempt, iamport_sandbox, confirm, heard):
    second = in_another_tab(order)
    first_paid, second_paid = iamport_sandbox.pay(attempt), iamport_sandbox.pay(second)

    confirm(attempt, first_paid)
    confirm(second, second_paid)

    assert rows() == {first_paid: ("paid", ""), second_paid: ("cancelled", "duplicate")}
    assert iamport_sandbox.payment(second_paid)["cancel_amount"] == 50_000
    assert iamport_sandbox.payment(first_paid)["cancel_amount"] == 0
    assert len(heard["payment_paid"]) == 1


@pytest.mark.parametrize("order_of_news", [(0, 1), (1, 0), (0, 1, 0, 1), (1, 1, 0, 0)])
def test_two_payments_under_one_merchant_uid_make_two_rows_and_the_second_goes_back(
    attempt, order, iamport_sandbox, confirm, heard, order_of_news
):
    imp_uids = [iamport_sandbox.pay(attempt), iamport_sandbox.pay(attempt, force=True)]

    for number in order_of_news:
        confirm(attempt, imp_uids[number])

    kept, returned = (imp_uids[n] for n in dict.fromkeys(order_of_news))
    assert rows() == {kept: ("paid", ""), returned: ("cancelled", "duplicate")}
    primary, second = (OrderTransaction.objects.get(imp_uid=uid) for uid in (kept, returned))
    assert primary.merchant_uid == primary.gateway_merchant_uid == attempt.merchant_uid
    assert (second.merchant_uid, second.gateway_merchant_uid) == (
        f"{attempt.merchant_uid}x1",
        attempt.merchant_uid,
    )
    assert (second.order, second.amount, second.paid_amount) == (order, 50_000, 50_000)
    assert iamport_sandbox.payment(returned)["cancel_amount"] == 50_000
    assert len(heard["payment_paid"]) == 1


def test_one_question_by_merchant_uid_takes_in_all_payments_under_it(attempt, iamport_sandbox, confirm):
    first, second, third = (iamport_sandbox.pay(attempt, force=True) for _ in range(3))

    assert confirm(attempt).imp_uid in (first, second, third)

    assert sorted(rows().values()) == [("cancelled", "duplicate")] * 2 + [("paid", "")]
    assert set(OrderTransaction.objects.values_list("merchant_uid", flat=True)) == {
        attempt.merchant_uid,
        f"{attempt.merchant_uid}x1",
        f"{attempt.merchant_uid}x2",
    }


def test_news_of_a_second_payment_leads_to_its_own_row(attempt, iamport_sandbox, confirm):
    imp_uids = [iamport_sandbox.pay(attempt, force=True) for _ in range(2)]
    for imp_uid in imp_uids:
        confirm(attempt, imp_uid)

    second = confirm(attempt, imp_uids[1], "webhook")
    asked_by_its_own_name = confirm(second)

    assert second.imp_uid == imp_uids[1]
    assert asked_by_its_own_name.pk == second.pk
    assert OrderTransaction.objects.count() == 2


def test_a_second_payments_row_keeps_the_shops_own_columns(attempt, iamport_sandbox, confirm):
    attempt.note = "gift"
    attempt.save()
    for imp_uid in [iamport_sandbox.pay(attempt, force=True) for _ in range(2)]:
        row = confirm(attempt, imp_uid)

    assert (row.merchant_uid[-2:], row.note) == ("x1", "gift")


def test_a_paid_window_beside_a_failed_one_pays_in_any_order(attempt, iamport_sandbox, confirm):
    declined, paid = iamport_sandbox.decline(attempt), iamport_sandbox.pay(attempt, force=True)

    for imp_uid in (declined, paid, declined):
        confirm(attempt, imp_uid)

    assert rows() == {paid: ("paid", "")}


def test_a_declined_second_window_fails_no_attempt_whose_first_window_was_paid(
    attempt, iamport_sandbox, confirm, heard
):
    first, second = iamport_sandbox.open(attempt), iamport_sandbox.open(attempt)
    iamport_sandbox.approve(first)
    iamport_sandbox.account.decline(second)

    row = confirm(attempt, second, "browser")

    assert (row.status, row.imp_uid) == ("paid", first)
    assert "payment_failed" not in heard.names


def test_no_further_attempt_begins_while_a_failed_ones_other_window_was_paid(
    attempt, order, iamport_sandbox, confirm
):
    first, second = iamport_sandbox.open(attempt), iamport_sandbox.open(attempt)
    iamport_sandbox.approve(first)
    iamport_sandbox.account.decline(second)
    confirm(attempt, second, "browser")

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)


def test_a_voided_account_hides_no_payment_of_another_window(attempt, order, iamport_sandbox, confirm, heard):
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)
    paid = iamport_sandbox.pay(attempt, force=True)
    iamport_sandbox.void(account)

    row = confirm(attempt, account)

    assert (row.status, row.imp_uid) == ("paid", paid)
    assert heard.names == ["payment_ready", "payment_paid"]


@pytest.mark.parametrize("opened", [{"channel": "test"}, {"customer_uid": "slipped-in"}], ids=str)
def test_play_money_hides_no_payment_of_another_window(attempt, order, iamport_sandbox, confirm, opened):
    confirm(attempt, iamport_sandbox.pay(attempt, **opened))
    paid = iamport_sandbox.pay(attempt, force=True)

    OrderTransaction.objects.create_new(order)

    assert iamport_sandbox.payment(paid)["cancel_amount"] == 50_000
    assert OrderTransaction.objects.get(imp_uid=paid).status == "cancelled"


def test_a_voided_account_is_no_longer_shown_though_another_window_is_open(attempt, iamport_sandbox, confirm):
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)
    iamport_sandbox.open(attempt)
    iamport_sandbox.void(account)

    assert not confirm(attempt, account).is_awaiting_deposit


def test_no_further_attempt_begins_while_another_window_of_a_voided_account_was_paid(
    attempt, order, iamport_sandbox, confirm
):
    account, window = iamport_sandbox.issue_account(attempt), iamport_sandbox.open(attempt)
    confirm(attempt, account)
    iamport_sandbox.void(account)
    assert confirm(attempt, account).status == "cancelled"
    iamport_sandbox.approve(window)

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)


@pytest.mark.parametrize("order_of_news", list(itertools.permutations(range(2))))
def test_a_test_payment_beside_a_real_one_takes_nothing_and_gives_nothing_back(
    attempt, order, iamport_sandbox, confirm, order_of_news
):
    real, play = iamport_sandbox.pay(attempt), iamport_sandbox.pay(attempt, channel="test", force=True)

    for number in order_of_news:
        confirm(attempt, (real, play)[number])

    order.refresh_from_db()
    assert iamport_sandbox.payment(play)["cancel_amount"] == 0
    # An end state: money that comes after play money under the same name is returned.
    kept = order_of_news[0] == 0
    assert order.status == ("paid" if kept else "ready")
    assert iamport_sandbox.payment(real)["cancel_amount"] == (0 if kept else 50_000)


@pytest.mark.parametrize("first", ["decline", "issue_account", "pay"])
def test_a_second_payment_that_contradicts_itself_changes_nothing_and_calls_the_operator(
    attempt, iamport_sandbox, confirm, heard, first
):
    imp_uid = getattr(iamport_sandbox, first)(attempt)
    before = confirm(attempt, imp_uid)
    second = iamport_sandbox.pay(attempt, force=True)
    iamport_sandbox.edit(second, status="cancelled")

    row = confirm(attempt, second)

    assert (row.status, row.imp_uid) == (before.status, imp_uid)
    assert [news["reason"] for news in heard["operator_needed"]] == ["unclear"]


def answers_wrongly(self, transaction):
    raise RuntimeError("its cart is empty")


def refuses(self, transaction):
    raise RejectPayment("already_paid", refund=False)


@pytest.mark.parametrize("accepts_payment", [answers_wrongly, refuses])
def test_a_duplicate_goes_back_whatever_the_shop_says_of_its_paid_order(
    order, attempt, iamport_sandbox, confirm, monkeypatch, accepts_payment
):
    second = in_another_tab(order)
    confirm(attempt, iamport_sandbox.pay(attempt))
    monkeypatch.setattr(Order, "accepts_payment", accepts_payment)

    row = confirm(second, iamport_sandbox.pay(second))

    assert (row.status, row.reject_reason) == ("cancelled", "duplicate")


def test_a_second_payment_that_may_be_play_money_is_asked_again(attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))
    second = iamport_sandbox.pay(attempt, force=True)
    iamport_sandbox.edit(second, without=("sandbox",))

    with pytest.raises(PaymentUnknown):
        confirm(attempt, second)

    assert OrderTransaction.objects.count() == 1


def test_a_second_payment_waits_for_a_person_where_duplicates_are_not_refunded(
    attempt, iamport_sandbox, confirm, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    for imp_uid in [iamport_sandbox.pay(attempt, force=True) for _ in range(2)]:
        row = confirm(attempt, imp_uid)

    assert (row.status, row.reject_reason, row.held_amount) == ("rejected", "duplicate", 50_000)
    assert not Refund.objects.exists()


def test_a_refund_is_heard_of_though_another_window_was_left_open(attempt, iamport_sandbox, confirm):
    abandoned, paid = iamport_sandbox.open(attempt), iamport_sandbox.pay(attempt)
    confirm(attempt, paid)
    iamport_sandbox.cancel_in_console(paid)

    assert OrderTransaction.objects.get_transaction(attempt.merchant_uid).status == "cancelled"
    assert iamport_sandbox.payment(abandoned)["status"] == "ready"
