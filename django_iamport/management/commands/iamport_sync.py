from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from django_iamport import reconciliation
from django_iamport.gateway.moments import as_stored
from django_iamport.rules.dates import KST

from ._stopping import StoppingCommand


def a_moment(text: str) -> datetime:
    """A date or a moment; Korea's, unless it names another time zone."""
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time()) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ArgumentTypeError("expected a date or time such as 2026-11-24 or 2026-11-24T09:00")
    return as_stored(moment if moment.tzinfo else moment.replace(tzinfo=KST))


def some_days(text: str) -> timedelta:
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise ArgumentTypeError("expected a number of days from 1 to 3650")
    return timedelta(days=int(text))


class Command(StoppingCommand):
    help = (
        "Compares the shop with the gateway: applies missed updates, continues refunds, and lists differences. "
        "Exit status: 0 (clean), 3 (left for the next run), 4 (needs an operator) or 5 (stopped)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--max-age",
            type=some_days,
            default=timedelta(days=30),
            metavar="DAYS",
            help="maximum age of open attempts to look up (default: 30)",
        )
        parser.add_argument(
            "--since",
            type=a_moment,
            help="list the gateway's payments since this time, in Korean time (default: since the last run)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="look up and report what would change, but store nothing"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        with self.ending_cleanly():
            report = reconciliation.sync(
                max_age=options["max_age"],
                since=options["since"],
                dry_run=options["dry_run"],
                say=self._say(options["verbosity"] > 1 and not options["json"]),
                find=self._find,
                progress=self._progress(not options["json"] and options["verbosity"] > 0),
                must_stop=lambda: self.stopped_by_signal,
            )
        self.clear_line()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            self._tell(report)
        if not report.is_clean:
            raise CommandError(self._outcome(report), returncode=report.exit_code)

    # What is told.

    def _say(self, is_asked_for: bool) -> Callable[[str], None]:
        return self.line if is_asked_for else lambda line: None

    def _find(self, merchant_uid: str, code: str) -> None:
        self.clear_line()
        self.stderr.write(f"{merchant_uid}: {code}")

    def _progress(self, is_asked_for: bool) -> Callable[[reconciliation.Report], None]:
        if not is_asked_for or not self.stdout.isatty():
            return lambda report: None
        return self._draw

    def _draw(self, report: reconciliation.Report) -> None:
        changed = sum(report.changed.values())
        counts = {"listed": report.listed, "asked": report.asked, "changed": changed}
        self.draw(_("%(listed)d listed, %(asked)d looked up, %(changed)d changed") % counts)

    def _tell(self, report: reconciliation.Report) -> None:
        for status, count in sorted(report.changed.items()):
            self.stdout.write(f"{status}: {count}")
        for status, count in sorted(report.refunds.items()):
            self.stdout.write(f"refund {status}: {count}")
        if report.given_up:
            self.stdout.write(_("unpaid orders closed: %d") % report.given_up)
        if report.foreign:
            self.stdout.write(_("not ours (other prefix): %d") % report.foreign)
        if report.foreign_payments:
            self.stdout.write(_("payments of other shops in the lists: %d") % report.foreign_payments)

    def _outcome(self, report: reconciliation.Report) -> str:
        if report.exit_code == reconciliation.STOPPED:
            return _("stopped; the next run continues from here")
        return _("%d left for the next run or an operator") % sum(report.codes.values())
