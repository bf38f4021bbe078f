"""A prefix that is added or changed orphans nothing; a copy of the data is left alone (rule 42)."""

from datetime import timedelta

import pytest
from django.core import checks
from django.db import ProgrammingError

from django_iamport import conf, reconciliation
from django_iamport.checks import live, rows
from django_iamport.models import Refund
from tests.reconciliation.test_run import Run, status_of
from tests.shop.models import Order, OrderTransaction


@pytest.fixture
def use(settings):
    """Live with these prefixes from now on."""

    def change(prefix, former=(), copied=()):
        settings.IAMPORT_MERCHANT_UID_PREFIX = prefix
        settings.IAMPORT_FORMER_PREFIXES = former
        settings.IAMPORT_COPIED_PREFIXES = copied

    return change


def check():
    found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    return [message.id for message in found if str(message.id).startswith("iamport")]


def doctor():
    return {finding.code: finding.level for finding in live.examine() if "prefix" in finding.code}


@pytest.mark.parametrize("former", ["", "old"])
def test_a_former_prefix_stays_ours_through_deposit_and_refund(begin, iamport_sandbox, confirm, use, former):
    use(former)
    account, forged = begin(), begin()
    confirm(account, imp_uid := iamport_sandbox.issue_account(account))
    iamport_sandbox.fail_next("payments.cancel", disconnect=True)
    confirm(forged, iamport_sandbox.pay(forged, amount=100))
    Refund.objects.update(status="wanted", sent_at=None)

    use("new", former=(former,))
    iamport_sandbox.deposit(imp_uid)

    assert confirm(account, imp_uid).status == "paid"
    assert Run().code == 0
    assert status_of(forged) == "cancelled"
    assert (check(), doctor()) == ([], {})
    assert begin().merchant_uid.startswith("new")


def test_without_a_prefix_before_the_numbers_of_other_shops_stay_theirs(use, begin):
    use("other")
    theirs = begin().merchant_uid
    use("")
    ours = begin().merchant_uid
    use("new", former=[""])
    assert (conf.owns(ours), conf.owns("20190101ab"), conf.owns(theirs)) == (True, True, False)


@pytest.mark.parametrize("left", ["open", "account", "news", "refund", "held"])
def test_what_is_under_way_under_an_unnamed_prefix_is_found_by_sync_doctor_and_check(
    begin, iamport_sandbox, confirm, use, settings, left
):
    use("old")
    attempt = begin()
    if left == "account":
        confirm(attempt, iamport_sandbox.issue_account(attempt))
        OrderTransaction._base_manager.update(created="2020-01-01T00:00Z")
    elif left == "news":
        confirm(attempt, imp_uid := iamport_sandbox.pay(attempt))
        iamport_sandbox.edit(imp_uid, status="ready")
        confirm(attempt, imp_uid)
    elif left == "refund":
        iamport_sandbox.fail_next("payments.cancel", disconnect=True)
        confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
    elif left == "held":
        settings.IAMPORT_AUTO_CANCEL = ()
        confirm(attempt, iamport_sandbox.pay(attempt, amount=100))

    use("new")

    run = Run()
    assert run.err == [f"{attempt.merchant_uid}: foreign_prefix"]
    assert run.code == reconciliation.NEEDS_SOMEBODY
    assert doctor() == {"foreign_prefix": "error"}
    assert check() == ["iamport.W042"]


def test_a_payment_that_is_done_with_needs_no_prefix(begin, iamport_sandbox, confirm, use):
    use("old")
    confirm(attempt := begin(), iamport_sandbox.pay(attempt))
    use("new")
    assert (Run().code, doctor(), check()) == (0, {}, [])


@pytest.mark.parametrize("live_prefix", ["", "live"])
def test_a_copy_is_inert_and_silent_and_says_so_once(begin, iamport_sandbox, confirm, use, live_prefix):
    use(live_prefix)
    account, forged, opened = begin(), begin(), begin()
    confirm(account, imp_uid := iamport_sandbox.issue_account(account))
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "취소 불가", "response": None})
    confirm(forged, iamport_sandbox.pay(forged, amount=100))
    iamport_sandbox.pay(opened)
    iamport_sandbox.deposit(imp_uid)

    use("stage", copied=(live_prefix,))

    iamport_sandbox.reset_calls()
    run = Run()
    assert (run.out, run.err, run.code) == ([], [], 0)
    assert not any(
        "/cancel" in call or "imp_" in call for call in iamport_sandbox.calls if "status" not in call
    )
    assert [status_of(row) for row in (account, forged, opened)] == ["ready", "rejected", "ready"]
    assert (doctor(), check()) == ({"copied_prefixes": "note"}, [])


def test_an_order_of_a_copied_attempt_is_not_given_up(begin, iamport_sandbox, use, settings):
    settings.IAMPORT_GIVE_UP_AFTER = timedelta(days=1)
    use("live")
    attempt = begin()
    ago = attempt.created - timedelta(days=2)
    Order._base_manager.update(created=ago)
    OrderTransaction._base_manager.update(created=ago)
    use("stage", copied=("live",))
    assert (Run().out, Order.objects.get().status) == ([], "ready")


def test_before_the_first_migration_the_check_finds_nothing(db, monkeypatch):
    def orphans():
        raise ProgrammingError("no such table")

    monkeypatch.setattr(rows.prefixes, "orphans", orphans)
    assert check() == []
