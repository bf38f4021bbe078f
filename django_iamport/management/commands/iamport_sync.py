from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from django_iamport import reconcile


class Command(BaseCommand):
    help = "Asks the gateway about open attempts and unfinished refunds, and takes the answers in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days", type=int, default=30, help="how old an open attempt may be (default: 30)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            if options["verbosity"] > 1:
                self.stdout.write(line)

        report = reconcile.sync(max_age=timedelta(days=options["days"]), say=say)
        for status, count in sorted(report.statuses.items()):
            self.stdout.write(f"{status}: {count}")
        for status, count in sorted(report.refunds.items()):
            self.stdout.write(f"refund {status}: {count}")
        if report.foreign:
            self.stdout.write(_("not ours (other prefix): %d") % report.foreign)
        for merchant_uid, code in report.unfinished:
            self.stderr.write(f"{merchant_uid}: {code}")
        if not report.is_clean:
            raise CommandError(_("%d left for the next run or an operator") % len(report.unfinished))
