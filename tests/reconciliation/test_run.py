"""`iamport_sync` takes up what a crash, a 503 or a failing receiver left, asks nobody in vain, and tells."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_iamport import reconciliation, signals
from django_iamport.exceptions import IamportError
from django_iamport.models import Refund
from django_iamport.sandbox.delivery import faults
from tests.shop.models import Order, OrderTransaction


class Run:
    def __init__(self, *arguments):
        out, err = StringIO(), StringIO()
        try:
            call_command("iamport_sync", *arguments, stdout=out, stderr=err)
            self.failed, self.code = "", 0
        except CommandError as error:
            self.failed, self.code = str(error), error.returncode
        self.out, self.err = out.getvalue().splitlines(), err.getvalue().splitlines()


def status_of(attempt):
    attempt.refresh_from_db()
    return attempt.status


def age(attempt, **span):
    OrderTransaction._base_manager.filter(pk=attempt.pk).update(created=timezone.now() - timedelta(**span))


@pytest.mark.database
def test_with_nothing_open_it_reads_three_lists_and_looks_up_nothing(attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    run = Run()
    assert (run.out, run.err, run.failed) == ([], [], "")
    assert iamport_sandbox.calls == [f"GET /payments/status/{word}" for word in ("all", "paid", "cancelled")]


def test_a_payment_that_nobody_reported_is_posted(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    run = Run()
    assert (run.out, run.err, run.failed) == (["paid: 1"], [], "")
    assert status_of(attempt) == "paid"


def test_it_counts_what_it_found(begin, iamport_sandbox):
    for happen in (iamport_sandbox.pay, iamport_sandbox.decline, iamport_sandbox.issue_account):
        happen(begin())
    begin()
    assert Run().out == ["failed: 1", "paid: 1", "ready: 1"]


@pytest.mark.database
def test_what_a_503_left_is_asked_first_and_however_old(begin, iamport_sandbox, confirm):
    late, first = begin(), begin()
    imp_uid = iamport_sandbox.pay(first)
    iamport_sandbox.fail_next("payments.find", status=500)
    with pytest.raises(IamportError):
        confirm(first, imp_uid)
    age(first, days=400)
    iamport_sandbox.reset_calls()
    iamport_sandbox.pay(late)
    assert Run().out == ["paid: 2"]
    assert iamport_sandbox.calls[1].endswith(f"/findAll/{first.merchant_uid}")
    assert {status_of(first), status_of(late)} == {"paid"}


@pytest.mark.database
@pytest.mark.parametrize(("days", "asked"), [(None, True), (2, False)])
def test_an_open_attempt_without_news_is_asked_about_for_a_while(begin, iamport_sandbox, days, asked):
    old = begin()
    age(old, days=10)
    Run()
    iamport_sandbox.reset_calls()
    Run(*([f"--max-age={days}"] if days else []))
    assert ("GET /payments" in iamport_sandbox.calls) is asked


def test_a_late_approval_that_nobody_told_of_is_taken_in(attempt, iamport_sandbox, confirm):
    confirm(attempt, imp_uid := iamport_sandbox.decline(attempt))
    iamport_sandbox.approve(imp_uid)
    assert Run().out == ["paid: 1"]


def test_another_window_of_a_voided_account_that_nobody_told_of_is_taken_in(
    attempt, iamport_sandbox, confirm
):
    account, window = iamport_sandbox.issue_account(attempt), iamport_sandbox.open(attempt)
    confirm(attempt, account)
    iamport_sandbox.void(account)
    confirm(attempt, account)
    iamport_sandbox.approve(window)
    assert Run().out == ["paid: 1"]


@pytest.mark.database
def test_a_waiting_account_is_asked_about_however_old(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    confirm(attempt, imp_uid)
    age(attempt, days=400)
    iamport_sandbox.deposit(imp_uid)
    Run()
    assert status_of(attempt) == "paid"


def test_a_lookup_that_fails_is_told_and_the_others_and_the_next_run_go_on(begin, iamport_sandbox):
    attempts = [begin() for _ in range(2)]
    for attempt in attempts:
        iamport_sandbox.pay(attempt)
    iamport_sandbox.fail_next("payments.find", status=500)
    run = Run()
    assert [line.split(": ")[0] for line in run.err] == [attempts[0].merchant_uid]
    assert run.out == ["paid: 1"]
    assert (run.failed, run.code) == ("1 left for the next run or an operator", 3)
    assert Run().failed == ""
    assert {status_of(attempt) for attempt in attempts} == {"paid"}


def test_lists_that_can_t_be_read_are_told_and_attempts_are_looked_up(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    iamport_sandbox.fail_next("payments.by_status_page", status=500)
    run = Run()
    assert (run.out, run.err) == (["paid: 1"], ["payments: gateway_unexpected_answer"])
    assert run.code == 3
    assert Run().code == 0


def test_a_gateway_that_is_down_is_asked_once_for_each_part_and_the_next_run_goes_on(begin, iamport_sandbox):
    attempts = [begin() for _ in range(3)]
    for attempt in attempts:
        iamport_sandbox.pay(attempt)
    for operation in ("payments.by_status_page", "payments.find_many"):
        iamport_sandbox.fail_next(operation, disconnect=True, times=9)
    run = Run()
    assert run.code == 3
    assert run.err == ["payments: gateway_unreachable", "open shop.ordertransaction: gateway_unreachable"]
    faults.disarm(iamport_sandbox.account.store)
    assert Run().out == ["paid: 3"]


def test_a_receiver_that_fails_is_listed_and_the_others_go_on(begin, iamport_sandbox, receive):
    broken, fine = begin(name="broken"), begin(name="fine")
    for attempt in (broken, fine):
        iamport_sandbox.pay(attempt)

    def mail(order, **kwargs):
        if order.name == "broken":
            raise ValueError("no address")

    receive(signals.payment_paid, mail)
    run = Run()
    assert run.err == [f"{broken.merchant_uid}: receiver_failed"]
    assert (run.out, bool(run.failed)) == (["paid: 1"], True)
    assert (status_of(broken), status_of(fine)) == ("ready", "paid")


@pytest.mark.parametrize(
    "hook", ["get_payment_amount", "get_payment_currency", "accepts_payment", "payment_received"]
)
def test_an_order_whose_own_code_fails_is_listed_and_the_others_go_on(
    begin, iamport_sandbox, monkeypatch, hook
):
    broken, fine = begin(name="broken"), begin(name="fine")
    for attempt in (broken, fine):
        iamport_sandbox.pay(attempt)
    said = getattr(Order, hook)

    def fail(order, *arguments):
        if order.name == "broken":
            raise ZeroDivisionError
        return said(order, *arguments)

    monkeypatch.setattr(Order, hook, fail)
    run = Run()
    assert run.err == [f"{broken.merchant_uid}: receiver_failed"]
    assert (status_of(broken), status_of(fine)) == ("ready", "paid")


@pytest.mark.database
def test_attempts_of_another_prefix_are_counted_and_not_touched(begin, iamport_sandbox, settings):
    staging = begin()
    imp_uid = iamport_sandbox.pay(staging)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "live"
    ours = begin()
    iamport_sandbox.pay(ours)
    iamport_sandbox.reset_calls()
    run = Run()
    told = ["not ours (other prefix): 1", "payments of other shops in the lists: 1"]
    assert run.out == ["paid: 1", *told]
    assert run.err == [f"{staging.merchant_uid}: foreign_prefix"]
    assert run.code == reconciliation.NEEDS_SOMEBODY
    assert not any(staging.merchant_uid in call or imp_uid in call for call in iamport_sandbox.calls)
    assert status_of(staging) == "ready"


def test_a_contradiction_stays_listed_until_it_is_gone(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, status="failed")
    confirm(attempt, imp_uid)
    run = Run()
    assert run.err == [f"{attempt.merchant_uid}: taken_back"]
    assert (run.failed != "", status_of(attempt)) == (True, "paid")
    iamport_sandbox.edit(imp_uid, status="paid")
    assert Run().failed == ""


class TestRefunds:
    @pytest.fixture
    def rejected(self, attempt, iamport_sandbox, confirm):
        """A forged payment whose refund the gateway did not carry out, and in which state that was left."""

        def leave(**fault):
            imp_uid = iamport_sandbox.pay(attempt, amount=100)
            iamport_sandbox.fail_next("payments.cancel", **fault)
            confirm(attempt, imp_uid)
            return imp_uid

        return leave

    def calls_to_cancel(self, gateway):
        return gateway.calls.count("POST /payments/cancel")

    @pytest.mark.database
    def test_a_wish_that_nobody_carried_out_is_carried_out(
        self, attempt, iamport_sandbox, confirm, monkeypatch
    ):
        monkeypatch.setattr("django_iamport.refunds.execution.execute_all", lambda model, refunds: None)
        imp_uid = iamport_sandbox.pay(attempt, amount=100)
        confirm(attempt, imp_uid)
        monkeypatch.undo()
        assert Run().out == ["refund done: 1"]
        assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 100
        assert status_of(attempt) == "cancelled"

    @pytest.mark.parametrize("left", ["sent", "unknown"])
    def test_a_refund_that_was_made_is_seen_and_not_made_twice(self, rejected, iamport_sandbox, left):
        imp_uid = rejected(timeout=True, after=True)
        Refund.objects.update(status=left)
        iamport_sandbox.reset_calls()
        run = Run()
        assert (run.out, run.failed) == (["cancelled: 1"], "")
        assert Refund.objects.get().status == "done"
        assert self.calls_to_cancel(iamport_sandbox) == 0
        assert len(iamport_sandbox.payment(imp_uid)["cancel_history"]) == 1

    @pytest.mark.database
    @pytest.mark.parametrize("left", ["sent", "unknown"])
    def test_a_refund_that_was_not_made_is_believed_so_only_after_minutes(
        self, rejected, iamport_sandbox, left, later
    ):
        imp_uid = rejected(timeout=True)
        Refund.objects.update(status=left)
        iamport_sandbox.reset_calls()
        run = Run()
        assert (run.out, bool(run.failed)) == ([f"refund {left}: 1"], True)
        assert self.calls_to_cancel(iamport_sandbox) == 0
        later(minutes=6)
        assert Run().out == ["refund done: 1"]
        assert self.calls_to_cancel(iamport_sandbox) == 1
        assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 100

    def test_a_refund_made_in_the_console_meanwhile_is_taken_in(self, rejected, iamport_sandbox):
        imp_uid = rejected(status=500)
        iamport_sandbox.cancel_in_console(imp_uid)
        iamport_sandbox.reset_calls()
        assert Run().failed == ""
        assert self.calls_to_cancel(iamport_sandbox) == 0

    def test_a_refused_refund_waits_for_an_operator_and_is_listed_at_each_run(self, rejected, attempt):
        rejected(body={"code": 1, "message": "취소 불가", "response": None})
        for _ in range(2):
            run = Run()
            assert run.err == [f"{attempt.merchant_uid}: refund_needs_operator"]
            assert run.failed

    @pytest.mark.database
    def test_a_refund_of_another_prefix_is_counted_and_not_made(self, rejected, iamport_sandbox, settings):
        imp_uid = rejected(disconnect=True)
        settings.IAMPORT_MERCHANT_UID_PREFIX = "live"
        iamport_sandbox.reset_calls()
        assert "not ours (other prefix): 1" in Run().out
        assert not any(imp_uid in call for call in iamport_sandbox.calls)
        assert self.calls_to_cancel(iamport_sandbox) == 0
        assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 0

    def test_one_that_fails_does_not_stop_the_next(self, begin, iamport_sandbox, confirm):
        imp_uids = []
        for _ in range(2):
            attempt = begin()
            imp_uids.append(iamport_sandbox.pay(attempt, amount=100))
            iamport_sandbox.fail_next("payments.cancel", disconnect=True)
            confirm(attempt, imp_uids[-1])
        Refund.objects.update(sent_at=None)
        iamport_sandbox.fail_next("payments.find", status=500)
        run = Run()
        assert "refund done: 1" in run.out
        assert run.failed

    @pytest.mark.database
    @pytest.mark.parametrize("after", [True, False])
    def test_an_account_that_was_to_be_voided_is_voided_once(
        self, order, attempt, iamport_sandbox, confirm, later, after
    ):
        imp_uid = iamport_sandbox.issue_account(attempt)
        confirm(attempt, imp_uid)
        iamport_sandbox.fail_next("vbanks.void", timeout=True, after=after)
        with pytest.raises(IamportError):
            OrderTransaction.objects.create_new(order)
        later(minutes=6)
        iamport_sandbox.reset_calls()
        assert Run().failed == ""
        assert iamport_sandbox.calls.count(f"DELETE /vbanks/{imp_uid}") == (0 if after else 1)
        assert iamport_sandbox.payment(imp_uid)["status"] == "cancelled"
        assert Refund.objects.get().status == "done"


def test_it_tells_line_by_line_when_asked(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    assert Run("-v2").out == [f"{attempt.merchant_uid}: paid", "paid: 1"]


def test_it_can_be_called_from_a_job(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    lines = []
    report = reconciliation.sync(max_age=timedelta(days=1), say=lines.append)
    assert report.is_clean
    assert report.changed == {"paid": 1}
    assert lines == [f"{attempt.merchant_uid}: paid"]
