from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.checks import live
from django_iamport.checks.findings import ERROR, NOTE, WARNING, Finding
from django_iamport.records.sync_cursor import SyncRun

ERRORS, WARNINGS = 4, 3
MOST_MINUTES = 1_000_000


def _minutes(text: str) -> timedelta:
    try:
        minutes = int(text)
    except ValueError:
        minutes = 0
    if not 0 < minutes < MOST_MINUTES:
        raise ArgumentTypeError(_("%s is not a number of minutes.") % text)
    return timedelta(minutes=minutes)


class Command(BaseCommand):
    help = (
        "Checks whether this shop is ready to take payments: account, channels, URLs, cache, cookies. "
        "Exit status: 0 (notes at most), 3 (warnings) or 4 (errors). With --sync-age it only reads when "
        "iamport_sync ended last, and asks nobody: 0, or 4 where that is too long ago."
    )
    # What it would find is among the findings.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")
        parser.add_argument(
            "--sync-age",
            type=_minutes,
            metavar="MINUTES",
            help="only look whether a run of iamport_sync ended within so many minutes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["sync_age"] is not None:
            self._tell_sync_age(options["sync_age"], as_json=options["json"])
            return
        found = live.examine()
        if options["json"]:
            printed = [finding.as_dict() for finding in found]
            self.stdout.write(json.dumps(printed, indent=2, ensure_ascii=False))
        else:
            self._tell(found)
        levels = {finding.level for finding in found}
        if levels & {ERROR, WARNING}:
            code = ERRORS if ERROR in levels else WARNINGS
            raise CommandError(_("%d findings") % len(found), returncode=code)

    def _tell_sync_age(self, longest: timedelta, *, as_json: bool) -> None:
        last = SyncRun.last_outcome()
        ended_at, exit_code = last or (None, None)
        age = None if ended_at is None else timezone.now() - ended_at
        seconds = None if age is None else round(age.total_seconds())
        if as_json:
            self.stdout.write(json.dumps({"seconds": seconds, "exit_code": exit_code}))
        elif age is not None:
            text = _("iamport_sync ended %(seconds)d seconds ago, with %(exit_code)s.")
            self.stdout.write(text % {"seconds": seconds, "exit_code": exit_code})
        if age is None:
            raise CommandError(_("No run of iamport_sync has ended yet."), returncode=ERRORS)
        if age > longest:
            raise CommandError(_("That is too long ago: check cron."), returncode=ERRORS)

    def _tell(self, found: list[Finding]) -> None:
        styles: dict[str, Callable[[str], str]] = {
            ERROR: self.style.ERROR,
            WARNING: self.style.WARNING,
            NOTE: str,
        }
        words = {
            ERROR: pgettext("check", "error"),
            WARNING: pgettext("check", "warning"),
            NOTE: pgettext("check", "note"),
        }
        for finding in found:
            self.stdout.write(
                f"{styles[finding.level](words[finding.level])} {finding.code}: {finding.text}\n    {finding.hint}"
            )
        if not found:
            self.stdout.write(_("No problems found."))
