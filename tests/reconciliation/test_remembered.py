"""Each run is remembered with its outcome, for whoever looks at the desk and has no shell."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from django_iamport import reconciliation
from django_iamport.records import sync_cursor
from django_iamport.records.sync_cursor import SyncRun
from tests.busy import busy


def sync(**options):
    return reconciliation.sync(max_age=timedelta(days=30), **options)


@pytest.fixture
def rejected(begin, iamport_sandbox, confirm):
    """Its refund was refused, and waits for an operator."""
    attempt = begin()
    refusal = {"code": 1, "message": "no", "response": None}
    iamport_sandbox.fail_next("payments.cancel", body=refusal)
    return confirm(attempt, iamport_sandbox.pay(attempt, amount=100))


def test_a_run_is_remembered_with_its_outcome_and_findings(rejected):
    report = sync()
    run = SyncRun.objects.get()
    assert (run.exit_code, run.codes) == (reconciliation.NEEDS_SOMEBODY, dict(report.codes))
    assert run.codes == {"refund_needs_operator": 1}
    assert run.begun_at <= run.ended_at


def test_a_run_that_was_killed_has_no_end(begin, monkeypatch):
    def killed(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(reconciliation.run.gateway_payments, "compare", killed)
    with pytest.raises(SystemExit):
        sync()
    assert (SyncRun.objects.get().ended_at, SyncRun.objects.get().exit_code) == (None, None)


def test_a_dry_run_is_not_remembered(begin):
    sync(dry_run=True)
    assert not SyncRun.objects.exists()


def test_a_run_that_cannot_be_remembered_is_made_and_says_so(begin, iamport_sandbox, monkeypatch):
    def refuse(cls):
        raise DatabaseError("no such table")

    monkeypatch.setattr(SyncRun, "begin", classmethod(refuse))
    iamport_sandbox.pay(begin())
    report = sync()
    assert (report.unfinished, report.changed) == ([("runs", "database_error")], {"paid": 1})


def test_a_run_that_finds_its_database_busy_leaves_the_rest_to_the_next(begin, monkeypatch):
    def be_busy(run):
        raise busy()

    monkeypatch.setattr(reconciliation.run.gateway_payments, "compare", be_busy)
    report = sync()
    assert (report.unfinished, report.exit_code) == ([("payments", "busy")], reconciliation.LEFT_FOR_LATER)


def test_the_last_runs_are_kept(begin, monkeypatch):
    monkeypatch.setattr(sync_cursor, "RUNS_KEPT", 2)
    for _ in range(4):
        sync()
    assert SyncRun.objects.count() == 2
