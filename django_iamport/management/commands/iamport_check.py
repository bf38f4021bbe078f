from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport.checks import live
from django_iamport.checks.findings import ERROR, NOTE, WARNING, Finding

ERRORS, WARNINGS = 4, 3


class Command(BaseCommand):
    help = (
        "Checks whether this shop is ready to take payments: account, channels, URLs, cache, cookies. "
        "Exit status: 0 (notes at most), 3 (warnings) or 4 (errors)."
    )
    # What it would find is among the findings.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
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
