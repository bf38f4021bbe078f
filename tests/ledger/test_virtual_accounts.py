"""Virtual accounts: shown only after the rules, paid later, voided where nobody wants them any more."""

import pytest

from django_iamport.exceptions import AccountKept, AccountWaiting, GatewayError, OrderPaid
from django_iamport.models import Refund
from django_iamport.refunds import execution
from tests.shop.models import Order, OrderTransaction
from tests.shopper import in_another_tab


def status_there(gateway, imp_uid):
    return gateway.payment(imp_uid)["status"]


def test_an_issued_account_waits_and_is_told_once(attempt, order, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.issue_account(attempt)

    rows = [confirm(attempt, imp_uid), confirm(attempt, imp_uid), confirm(attempt)]

    account = iamport_sandbox.payment(imp_uid)
    for row in rows:
        assert row.is_awaiting_deposit
        assert (row.vbank_num, row.vbank_name) == (account["vbank_num"], account["vbank_name"])
        assert int(row.vbank_date.timestamp()) == account["vbank_date"]
        assert (row.paid_amount, row.paid_at) == (None, None)
    order.refresh_from_db()
    assert (order.status, heard.names) == ("ready", ["payment_ready"])


def test_a_deposit_pays(attempt, order, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.deposit(imp_uid)

    row = confirm(attempt, imp_uid)

    order.refresh_from_db()
    assert (row.status, row.is_awaiting_deposit, order.status) == ("paid", False, "paid")
    assert heard.names == ["payment_ready", "payment_paid"]


def test_a_voided_account_claimed_as_money_pays_nothing(attempt, order, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.void(imp_uid)

    row = confirm(attempt, imp_uid, "browser")

    order.refresh_from_db()
    assert (row.status, row.paid_amount, order.status) == ("cancelled", None, "ready")
    assert heard.names == ["payment_ready", "account_voided"]


@pytest.mark.database
def test_after_a_voided_account_another_payment_under_its_name_is_news(attempt, iamport_sandbox, confirm):
    iamport_sandbox.void(account := iamport_sandbox.issue_account(attempt))
    confirm(attempt, account)
    paid = iamport_sandbox.pay(attempt)

    row = confirm(attempt, paid)

    assert (row.pk, row.status, row.imp_uid) == (attempt.pk, "paid", paid)


def forged_amount(gateway, attempt):
    return gateway.issue_account(attempt, amount=100)


def closed_order(gateway, attempt):
    Order.objects.get().close()
    return gateway.issue_account(attempt)


def changed_order(gateway, attempt):
    Order.objects.update(amount=40_000)
    return gateway.issue_account(attempt)


def registration(gateway, attempt):
    gateway.edit(imp_uid := gateway.issue_account(attempt), customer_uid_usage="issue")
    return imp_uid


@pytest.mark.parametrize("issue", [forged_amount, closed_order, changed_order, registration])
def test_an_account_that_the_rules_refuse_is_voided_and_never_shown(
    attempt, iamport_sandbox, confirm, heard, issue
):
    imp_uid = issue(iamport_sandbox, attempt)

    row = confirm(attempt, imp_uid)

    assert not row.is_awaiting_deposit
    assert row.status in ("failed", "cancelled")
    assert status_there(iamport_sandbox, imp_uid) == "cancelled"
    assert "payment_ready" not in heard.names
    assert Refund.objects.get().kind == "void"
    assert Refund.objects.get().status == "done"


def test_an_account_on_a_test_channel_fails_the_attempt(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.issue_account(attempt, channel="test")

    row = confirm(attempt, imp_uid)

    assert (row.status, row.fail_reason, row.is_awaiting_deposit) == ("failed", "test_payment", False)
    assert "payment_ready" not in heard.names


def test_a_deposit_into_a_refused_account_that_could_not_be_voided_is_refused_too(
    attempt, iamport_sandbox, confirm, heard
):
    iamport_sandbox.fail_next("vbanks.void", timeout=True)
    imp_uid = iamport_sandbox.issue_account(attempt, amount=100)
    assert confirm(attempt, imp_uid).status == "failed"
    iamport_sandbox.deposit(imp_uid)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.reject_reason, row.held_amount) == ("rejected", "forged", 100)
    # The bank needs the customer's account: nobody can return this by a call alone.
    assert {(r.kind, r.status) for r in Refund.objects.all()} == {
        ("void", "refused"),
        ("refund", "needs_operator"),
    }
    assert heard["operator_needed"][0]["reason"] == "refund_refused"


def test_a_deposit_on_an_order_given_up_meanwhile_is_not_shipped(attempt, order, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    Order.objects.get(pk=order.pk).close()
    iamport_sandbox.deposit(imp_uid)

    row = confirm(attempt, imp_uid)

    order.refresh_from_db()
    assert (row.status, row.reject_reason, order.status) == ("rejected", "order_closed", "closed")


# A further attempt.


def test_a_further_attempt_voids_the_waiting_account(attempt, order, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(attempt)

    again = OrderTransaction.objects.create_new(order)

    attempt.refresh_from_db()
    assert (attempt.status, again.status) == ("cancelled", "ready")
    assert status_there(iamport_sandbox, imp_uid) == "cancelled"
    assert Refund.objects.get().status == "done"


def test_who_was_not_asked_keeps_the_waiting_account(attempt, order, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(attempt)

    with pytest.raises(AccountKept) as kept:
        OrderTransaction.objects.create_new(order, void_accounts=False)
    with pytest.raises(AccountKept):
        OrderTransaction.objects.settle_open_attempts(order, void_accounts=False)

    assert kept.value.merchant_uid == attempt.merchant_uid
    assert OrderTransaction.objects.get().is_awaiting_deposit
    assert status_there(iamport_sandbox, imp_uid) == "ready"


def test_nobody_is_asked_about_an_account_whose_due_date_has_passed(
    attempt, order, iamport_sandbox, confirm, later
):
    confirm(attempt, iamport_sandbox.issue_account(attempt))
    later(days=31)

    assert OrderTransaction.objects.create_new(order, void_accounts=False) != attempt


@pytest.mark.parametrize("fault", [{"status": 400, "body": {"code": -1, "message": "no", "response": None}}])
def test_where_the_account_cannot_be_voided_the_customer_is_told(attempt, order, iamport_sandbox, fault):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.fail_next("vbanks.void", **fault)

    with pytest.raises(AccountWaiting):
        OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.get().is_awaiting_deposit
    assert status_there(iamport_sandbox, imp_uid) == "ready"


@pytest.mark.parametrize("after", [True, False])
def test_an_account_whose_voiding_is_unknown_holds_back_a_further_attempt(
    attempt, order, iamport_sandbox, after
):
    iamport_sandbox.issue_account(attempt)
    iamport_sandbox.fail_next("vbanks.void", timeout=True, after=after)

    with pytest.raises(GatewayError):
        OrderTransaction.objects.create_new(order)

    assert OrderTransaction.objects.count() == 1
    if after:
        assert OrderTransaction.objects.create_new(order).status == "ready"


def test_an_account_past_its_due_moment_holds_nothing_back(attempt, order, iamport_sandbox, later):
    iamport_sandbox.issue_account(attempt)
    iamport_sandbox.fail_next("vbanks.void", status=400, body={"code": -1, "message": "no", "response": None})
    later(days=60)

    assert OrderTransaction.objects.create_new(order).status == "ready"


def test_an_account_without_a_due_moment_never_expires_by_time(attempt, iamport_sandbox, confirm, later):
    iamport_sandbox.edit(imp_uid := iamport_sandbox.issue_account(attempt), vbank_date=0)
    row = confirm(attempt, imp_uid)
    later(days=3650)

    assert (row.vbank_date, row.is_awaiting_deposit, row.is_expired) == (None, True, False)


def test_a_deposit_that_came_first_wins_over_a_further_attempt(attempt, order, iamport_sandbox):
    imp_uid = iamport_sandbox.issue_account(attempt)
    OrderTransaction.objects.get_transaction(attempt.merchant_uid)
    iamport_sandbox.deposit(imp_uid)

    with pytest.raises(OrderPaid):
        OrderTransaction.objects.create_new(order)

    attempt.refresh_from_db()
    assert (attempt.status, Refund.objects.count()) == ("paid", 0)


def test_when_the_order_is_paid_its_other_waiting_accounts_are_voided(
    attempt, order, iamport_sandbox, confirm
):
    other = in_another_tab(order)
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)

    confirm(other, iamport_sandbox.pay(other))

    attempt.refresh_from_db()
    assert (attempt.status, status_there(iamport_sandbox, account)) == ("cancelled", "cancelled")


@pytest.mark.database
def test_the_wish_to_void_is_stored_with_the_verdict(attempt, order, iamport_sandbox, confirm):
    other = in_another_tab(order)
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)
    iamport_sandbox.fail_next("vbanks.void", timeout=True)

    assert confirm(other, iamport_sandbox.pay(other)).status == "paid"

    wish = Refund.objects.get()
    assert (wish.kind, wish.imp_uid, wish.is_open) == ("void", account, True)


# Two windows under one merchant_uid.


@pytest.mark.database
def test_a_second_account_under_one_name_replaces_the_first_which_is_voided(
    attempt, iamport_sandbox, confirm
):
    first, second = iamport_sandbox.issue_account(attempt), iamport_sandbox.issue_account(attempt)
    confirm(attempt, first)

    row = confirm(attempt, second)

    assert (row.imp_uid, row.is_awaiting_deposit) == (second, True)
    assert [status_there(iamport_sandbox, uid) for uid in (first, second)] == ["cancelled", "ready"]


@pytest.mark.database
def test_a_card_payment_under_the_name_of_a_waiting_account_voids_the_account(
    attempt, iamport_sandbox, confirm
):
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)

    row = confirm(attempt, iamport_sandbox.pay(attempt, force=True))

    assert row.status == "paid"
    assert status_there(iamport_sandbox, account) == "cancelled"


def test_a_forged_second_account_is_voided_and_the_honest_first_one_stays(attempt, iamport_sandbox, confirm):
    honest, forged = (
        iamport_sandbox.issue_account(attempt),
        iamport_sandbox.issue_account(attempt, amount=100),
    )
    confirm(attempt, honest)

    confirm(attempt, forged)

    assert status_there(iamport_sandbox, forged) == "cancelled"
    assert status_there(iamport_sandbox, honest) == "ready"


@pytest.mark.database
def test_money_to_return_is_wished_for_though_another_accounts_void_is_open(
    attempt, iamport_sandbox, confirm
):
    iamport_sandbox.fail_next("vbanks.void", timeout=True)
    first, second = iamport_sandbox.issue_account(attempt), iamport_sandbox.issue_account(attempt)
    confirm(attempt, first)
    confirm(attempt, second)
    Order.objects.get().close()
    iamport_sandbox.deposit(second)

    row = confirm(attempt, second)

    assert (row.status, row.reject_reason) == ("rejected", "order_closed")
    assert Refund.objects.filter(kind="refund", imp_uid=second).exists()


# Wishes that can't be met.


@pytest.mark.database
def test_a_wish_is_never_made_twice(attempt, iamport_sandbox, confirm, heard):
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=100))

    for _ in range(3):
        row = confirm(attempt, imp_uid)

    assert (row.status, Refund.objects.get().status) == ("rejected", "needs_operator")
    assert len(heard["payment_rejected"]) == len(heard["operator_needed"]) == 1


def test_an_account_that_could_not_be_voided_and_was_paid_after_all_needs_no_operator(
    attempt, order, iamport_sandbox, confirm
):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.fail_next("vbanks.void", status=400, body={"code": -1, "message": "no", "response": None})
    with pytest.raises(AccountWaiting):
        OrderTransaction.objects.create_new(order)
    assert Refund.objects.get().status == "needs_operator"
    iamport_sandbox.deposit(imp_uid)

    assert confirm(attempt, imp_uid).status == "paid"

    assert Refund.objects.get().status == "refused"


def test_a_void_overtaken_by_a_deposit_is_no_longer_needed(attempt, order, iamport_sandbox, confirm):
    other = in_another_tab(order)
    account = iamport_sandbox.issue_account(attempt)
    confirm(attempt, account)
    iamport_sandbox.fail_next("vbanks.void", timeout=True)
    confirm(other, iamport_sandbox.pay(other))
    iamport_sandbox.deposit(account)

    execution.execute_all(OrderTransaction, Refund.objects.filter(kind="void"))

    attempt.refresh_from_db()
    assert (attempt.status, attempt.reject_reason) == ("rejected", "duplicate")
    assert Refund.objects.get(kind="void").status == "refused"
    assert Refund.objects.get(kind="refund").status == "needs_operator"
