"""Play money: found out by whatever lookup, unless the shop is in test mode."""

import pytest

from django_iamport.client.errors import NotFound
from django_iamport.exceptions import PaymentUnknown
from django_iamport.gateway.connection import client
from django_iamport.iamport import find_transaction


def test_a_swapped_channel_is_found_out_though_the_gateway_hides_such_payments(
    attempt, order, iamport_sandbox, confirm
):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")
    with pytest.raises(NotFound):
        client().payments.find(imp_uid)

    row = confirm(attempt, imp_uid, "browser")

    order.refresh_from_db()
    assert (row.status, row.reject_reason, row.sandbox) == ("rejected", "test_payment", True)
    assert order.status == "ready"


def test_a_test_payment_is_found_out_by_the_merchant_uid_alone(attempt, iamport_sandbox, confirm):
    iamport_sandbox.pay(attempt, channel="test")

    assert confirm(attempt).reject_reason == "test_payment"


def test_the_tutorials_lookup_never_answers_a_test_payment(attempt, iamport_sandbox, settings):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")

    assert find_transaction(attempt.merchant_uid) is None
    settings.IAMPORT_TEST_MODE = True
    assert find_transaction(attempt.merchant_uid).imp_uid == imp_uid


def test_test_mode_accepts_the_test_channel(attempt, iamport_sandbox, confirm, settings):
    settings.IAMPORT_TEST_MODE = True

    assert confirm(attempt, iamport_sandbox.pay(attempt, channel="test")).status == "paid"


def test_a_refunded_test_payment_stays_a_test_payment(attempt, iamport_sandbox, confirm, heard):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")
    confirm(attempt, imp_uid)
    iamport_sandbox.cancel_in_console(imp_uid)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.paid_amount, heard["payment_cancelled"]) == ("rejected", None, [])


def test_a_test_payment_that_was_refunded_before_its_first_news_returns_no_money(
    attempt, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")
    iamport_sandbox.cancel_in_console(imp_uid)

    row = confirm(attempt, imp_uid)

    assert (row.held_amount, row.paid_amount) == (0, None)
    assert heard["payment_cancelled"] == heard["payment_returned"] == []


@pytest.mark.parametrize("pay", ["pay", "issue_account"])
def test_a_missing_sandbox_flag_proves_nothing_and_is_asked_again(
    attempt, order, iamport_sandbox, confirm, heard, pay
):
    imp_uid = getattr(iamport_sandbox, pay)(attempt)
    iamport_sandbox.edit(imp_uid, without=("sandbox",))

    with pytest.raises(PaymentUnknown):
        confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert (attempt.status, attempt.imp_uid, order.status, heard.names) == ("ready", None, "ready", [])
    assert (attempt.backlog_since is not None, attempt.backlog_code) == (True, "payment_unknown")
