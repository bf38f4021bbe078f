"""Sums here and there are compared for equality: what shrinks there changes nothing, and somebody is called."""

import pytest

from django_iamport import reconciliation
from django_iamport.gateway import lookups
from tests.reconciliation.test_run import Run

SUMS = ("status", "paid_amount", "paid_currency", "cancel_amount")


def sums(row):
    row.refresh_from_db()
    return tuple(getattr(row, name) for name in SUMS)


@pytest.fixture
def refunded(attempt, iamport_sandbox, confirm):
    """A payment of which so much was refunded, here and there."""

    def refund(amount):
        imp_uid = iamport_sandbox.pay(attempt)
        iamport_sandbox.cancel_in_console(imp_uid, amount)
        confirm(attempt, imp_uid)
        return imp_uid

    return refund


UNDONE = [
    (50_000, {"status": "paid", "cancel_amount": 0}),
    (50_000, {"status": "cancelled", "cancel_amount": 20_000}),
    (50_000, {"status": "ready", "paid_at": 0, "cancel_amount": 0}),
    (50_000, {"status": "failed", "paid_at": 0, "cancel_amount": 0}),
    (20_000, {"status": "paid", "cancel_amount": 0}),
    (20_000, {"cancel_amount": 19_999}),
    (20_000, {"amount": 60_000}),
    (20_000, {"amount": 40_000, "cancel_amount": 40_000}),
    (20_000, {"currency": "USD"}),
]


@pytest.mark.parametrize(("amount", "told"), UNDONE, ids=str)
@pytest.mark.parametrize("source", ["webhook", "sync"])
def test_a_difference_between_the_sums_changes_nothing_and_calls_the_operator(
    attempt, iamport_sandbox, confirm, heard, refunded, amount, told, source
):
    imp_uid = refunded(amount)
    before = sums(attempt)
    iamport_sandbox.edit(imp_uid, **told)

    if source == "webhook":
        confirm(attempt, imp_uid)
    else:
        assert Run().code == reconciliation.NEEDS_SOMEBODY

    assert sums(attempt) == before
    assert attempt.backlog_code == "sums_differ"
    assert {news["reason"] for news in heard["operator_needed"]} == {"sums_differ"}


@pytest.mark.database
def test_a_difference_is_listed_until_the_sums_agree_again(attempt, iamport_sandbox, confirm, refunded):
    imp_uid = refunded(50_000)
    iamport_sandbox.edit(imp_uid, status="paid", cancel_amount=0)
    for _ in range(2):
        run = Run()
        assert (run.err, run.code) == (
            [f"{attempt.merchant_uid}: sums_differ"],
            reconciliation.NEEDS_SOMEBODY,
        )
    iamport_sandbox.edit(imp_uid, status="cancelled", cancel_amount=50_000)
    assert Run().code == 0
    assert sums(attempt)[0] == "cancelled"


def test_rejected_money_of_which_the_gateway_knows_nothing_any_more_is_a_difference(
    attempt, iamport_sandbox, confirm, heard, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, status="failed", paid_at=0)

    row = confirm(attempt, imp_uid)

    assert (row.status, row.held_amount, row.backlog_code) == ("rejected", 100, "sums_differ")


def test_money_under_a_voided_account_is_a_difference(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.void(imp_uid)
    assert confirm(attempt, imp_uid).status == "cancelled"
    iamport_sandbox.edit(imp_uid, status="paid", paid_at=1, cancel_amount=0)

    confirm(attempt, imp_uid)

    assert sums(attempt)[:2] == ("cancelled", None)
    assert attempt.backlog_code == "sums_differ"


@pytest.mark.database
def test_what_the_gateway_forgot_is_listed_as_long_as_nobody_answered(
    attempt, iamport_sandbox, confirm, refunded, monkeypatch
):
    imp_uid = refunded(50_000)
    iamport_sandbox.edit(imp_uid, status="paid", cancel_amount=0)
    confirm(attempt, imp_uid)
    monkeypatch.setattr(lookups, "find_many", lambda *ids: {})
    assert f"{attempt.merchant_uid}: sums_differ" in Run().err
