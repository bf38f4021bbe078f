"""What optional apps have a run do."""

from datetime import timedelta

import pytest

from django_iamport import reconciliation
from django_iamport.exceptions import IamportError
from django_iamport.reconciliation import further


@pytest.fixture
def part(monkeypatch):
    """Add a part to every run of the test."""

    def add(name, act):
        monkeypatch.setitem(further.PARTS, name, act)

    return add


def test_an_app_s_part_runs_and_what_it_finds_is_in_the_report(db, iamport_sandbox, part):
    part("parcels", lambda run: run.found("test1", "parcel_lost"))
    report = reconciliation.sync(max_age=timedelta(days=1))
    assert (report.unfinished, report.exit_code) == ([("test1", "parcel_lost")], 4)


def test_an_app_s_part_that_fails_stops_no_other(db, iamport_sandbox, part):
    def fail(run):
        raise IamportError

    done = []
    part("parcels", fail)
    part("stamps", done.append)
    report = reconciliation.sync(max_age=timedelta(days=1))
    assert (report.unfinished, len(done)) == ([("parcels", "iamport_error")], 1)
