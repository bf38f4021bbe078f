from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from django_iamport.contrib.subscriptions.clock import Report, renew
from django_iamport.management.commands._stopping import StoppingCommand
from django_iamport.reconciliation import STOPPED


class Command(StoppingCommand):
    help = (
        "Begins the periods of subscriptions whose day has come, charges saved cards, retries declined ones, "
        "and ends what is over. "
        "Exit status: 0 (clean), 3 (left for the next run), 4 (needs an operator) or 5 (stopped)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="report what is due, but charge and store nothing"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        is_told = options["verbosity"] > 1 and not options["json"]
        with self.ending_cleanly():
            report = renew(
                dry_run=options["dry_run"],
                say=self.line if is_told else lambda line: None,
                find=lambda uid, code: self.stderr.write(f"{uid}: {code}"),
                must_stop=lambda: self.stopped_by_signal,
            )
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            for action, count in sorted(report.actions.items()):
                self.stdout.write(f"{action}: {count}")
        if not report.is_clean:
            raise CommandError(_outcome(report), returncode=report.exit_code)


def _outcome(report: Report) -> str:
    if report.exit_code == STOPPED:
        return _("stopped; the next run continues from here")
    return _("%d left for the next run or an operator") % sum(report.codes.values())
