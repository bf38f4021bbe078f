"""`iamport_sync` at the shell: options, what is printed, and the code that cron and alerts see."""

import json
import os
import signal
from datetime import datetime, timedelta, timezone
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from django_iamport import reconciliation, signals
from django_iamport.management.commands.iamport_sync import a_moment
from django_iamport.models import Refund, SyncCursor
from django_iamport.rules.dates import KST
from tests.reconciliation.test_run import Run
from tests.shop.models import Order, OrderTransaction, Ticket

pytestmark = pytest.mark.on_each_pair


def test_sigterm_ends_it_behind_the_row_in_hand(begin, iamport_sandbox, receive):
    for _ in range(3):
        iamport_sandbox.pay(begin())
    receive(signals.payment_paid, lambda **kwargs: os.kill(os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    run = Run()
    assert (run.out, run.code) == (["paid: 1"], reconciliation.STOPPED)
    assert run.failed == "stopped; the next run continues from here"
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_code_says_what_most_needs_attention():
    report = reconciliation.Report()
    assert report.exit_code == reconciliation.CLEAN == 0
    report.find("a", "gateway_timeout")
    assert report.exit_code == reconciliation.LEFT_FOR_LATER == 3
    report.stopped = True
    assert report.exit_code == reconciliation.STOPPED == 5
    report.find("a", "taken_back")
    assert report.exit_code == reconciliation.NEEDS_SOMEBODY == 4


@pytest.mark.parametrize(
    "code", ["receiver_failed", "gateway_authentication", "unclear", "refund_needs_operator"]
)
def test_what_another_run_does_not_mend_needs_somebody(code):
    report = reconciliation.Report()
    report.find("a", code)
    assert report.exit_code == reconciliation.NEEDS_SOMEBODY


def test_a_report_keeps_a_thousand_findings_and_counts_all():
    report = reconciliation.Report()
    for number in range(1500):
        report.find(str(number), "busy")
    assert (len(report.unfinished), report.codes) == (1000, {"busy": 1500})


@pytest.mark.database
def test_a_dry_run_tells_and_stores_nothing(begin, iamport_sandbox, confirm):
    iamport_sandbox.pay(begin())
    rejected = begin()
    iamport_sandbox.fail_next("payments.cancel", disconnect=True)
    confirm(rejected, iamport_sandbox.pay(rejected, amount=100))
    Refund.objects.update(status="wanted", sent_at=None)
    iamport_sandbox.reset_calls()
    run = Run("--dry-run")
    assert run.out == ["paid: 1", "refund wanted: 1"]
    assert run.code == reconciliation.LEFT_FOR_LATER
    assert not any(call.startswith("POST /payments") for call in iamport_sandbox.calls)
    assert sorted(OrderTransaction.objects.values_list("status", flat=True)) == ["ready", "rejected"]
    assert not SyncCursor.objects.exists()
    assert Refund.objects.get().status == "wanted"


def test_json_is_the_whole_report(begin, iamport_sandbox):
    iamport_sandbox.pay(begin())
    assert json.loads("\n".join(Run("--json").out)) == {
        "exit_code": 0,
        "stopped": False,
        "listed": 1,
        "asked": 0,
        "changed": {"paid": 1},
        "refunds": {},
        "given_up": 0,
        "foreign": 0,
        "foreign_payments": 0,
        "days_added_up": 0,
        "codes": {},
        "unfinished": [],
    }


def test_moments_are_koreas_unless_they_say_otherwise():
    assert a_moment("2026-11-24") == datetime(2026, 11, 24, tzinfo=KST)
    assert a_moment("2026-11-24T09:30") == datetime(2026, 11, 24, 9, 30, tzinfo=KST)
    assert a_moment("2026-11-24T09:30Z") == datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "arguments", ["--since=yesterday", "--since=2026-13-01", "--max-age=0", "--max-age=x"]
)
def test_what_it_can_t_understand_it_refuses(db, arguments):
    with pytest.raises(CommandError, match="argument"):
        call_command("iamport_sync", arguments)


class Terminal(StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_one_line_that_counts(begin, iamport_sandbox):
    iamport_sandbox.pay(begin())
    call_command("iamport_sync", stdout=(screen := Terminal()))
    assert "\r0 listed, 0 looked up, 0 changed" in screen.getvalue()
    assert screen.getvalue().endswith("paid: 1\n")
    assert "listed" not in "".join(Run().out)


class TestGivingUp:
    @pytest.fixture(autouse=True)
    def after_a_day(self, settings):
        settings.IAMPORT_GIVE_UP_AFTER = timedelta(days=1)

    @pytest.fixture
    def old(self, begin):
        attempt = begin()
        ago = attempt.created - timedelta(days=2)
        Order._base_manager.update(created=ago)
        OrderTransaction._base_manager.update(created=ago)
        return attempt

    def status(self):
        return Order.objects.get().status

    @pytest.mark.database
    def test_an_unpaid_order_is_given_up_after_a_time(self, old, iamport_sandbox):
        assert Run().out == ["unpaid orders closed: 1"]
        assert self.status() == "closed"

    @pytest.mark.database
    @pytest.mark.parametrize("span", [None, timedelta(days=3)])
    def test_but_not_before_and_only_where_the_shop_says_so(self, old, iamport_sandbox, settings, span):
        settings.IAMPORT_GIVE_UP_AFTER = span
        assert Run().out == []
        assert self.status() == "ready"

    def test_who_may_be_paying_it_at_this_moment_keeps_it(self, old, iamport_sandbox):
        iamport_sandbox.open(old)
        again = OrderTransaction.objects.create_new(old.order)
        iamport_sandbox.open(again)
        assert Run().code == 0
        assert self.status() == "ready"

    @pytest.mark.database
    def test_a_payment_that_nobody_told_of_keeps_it(self, old, iamport_sandbox):
        iamport_sandbox.pay(old)
        assert Run().out == ["paid: 1"]
        assert self.status() == "paid"

    @pytest.mark.database
    def test_a_waiting_account_keeps_it(self, old, iamport_sandbox):
        iamport_sandbox.issue_account(old)
        assert Run().out == ["ready: 1"]
        assert self.status() == "ready"

    def test_a_gateway_that_can_t_be_asked_keeps_it(self, old, iamport_sandbox):
        iamport_sandbox.fail_next("payments.find_all_page", status=500)
        assert Run().code == reconciliation.LEFT_FOR_LATER
        assert self.status() == "ready"

    def test_a_dry_run_counts_it(self, old, iamport_sandbox):
        assert Run("--dry-run").out == ["unpaid orders closed: 1"]
        assert self.status() == "ready"

    @pytest.mark.database
    def test_orders_that_name_none_are_left_alone(self, db, iamport_sandbox):
        Ticket.objects.create(price=1000)
        assert Run().out == []


def test_it_refuses_to_run_within_a_transaction(db, iamport_sandbox):
    from django.db import transaction

    from django_iamport.exceptions import InTransaction

    with transaction.atomic(), pytest.raises(InTransaction):
        reconciliation.sync(max_age=timedelta(days=1))
