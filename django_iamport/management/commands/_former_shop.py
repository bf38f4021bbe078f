"""What `iamport_audit` and `iamport_import` share: which tables are read, and how findings are told."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_iamport.reconciliation.moving import MovingReport, Tables
from django_iamport.reconciliation.moving.report import Found
from django_iamport.reconciliation.moving.tables import OldRows

from ._stopping import StoppingCommand

# What a finding means; other codes are those of errors (docs/errors.md).
MEANINGS = {
    "less": gettext_lazy("less was paid than the order costs"),
    "more": gettext_lazy("more was paid than the order costs"),
    "other": gettext_lazy("the payment belongs to another number, another row or another currency"),
    "test": gettext_lazy("paid through a test channel: no money was taken"),
    "cancelled": gettext_lazy("paid here, and refunded or voided at the gateway"),
    "unknown": gettext_lazy("paid here, and the gateway knows no payment"),
    "unpaid": gettext_lazy("paid here, and not at the gateway"),
    "unrecorded": gettext_lazy("paid at the gateway, and not here"),
    "unclear": gettext_lazy("the gateway's answer contradicts itself"),
    "no_order": gettext_lazy("the order no longer exists"),
    "foreign": gettext_lazy("a number of this kind is not this shop's: see IAMPORT_FORMER_PREFIXES"),
    "unreadable": gettext_lazy("the number or the amount can't be stored"),
    "paid_by_another": gettext_lazy("another payment has paid the order"),
    "refused": gettext_lazy("the order refuses to take it over"),
}

# The table's columns.
WIDTHS = {"order": 10, "merchant_uid": 14, "imp_uid": 20, "code": 12, "here": 16, "there": 20}


def a_name(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ArgumentTypeError("expected NAME=VALUE such as imp_uid=payment_id")
    return name, value


class FormerShopCommand(StoppingCommand):
    has_headings = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--app", default="order", help="label of the app with the tutorial's tables (default: order)"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            type=a_name,
            metavar="NAME=VALUE",
            help="name of a table or column where it differs from the tutorial's, empty where there is none "
            "(docs/coming-from-the-tutorial.md); may be repeated",
        )
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, choices=[*connections], help="database of these tables"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def tables(self, options: dict[str, Any]) -> Tables:
        """Raises `CommandError` where one of them is not there."""
        try:
            tables = Tables.of_app(options["app"], options["map"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        missing = OldRows(tables, options["database"]).missing()
        if missing:
            raise CommandError(_("Not in the database: %s") % ", ".join(missing))
        return tables

    def watching(self, options: dict[str, Any]) -> dict[str, Any]:
        """Keywords of a run: what is told while it goes on, and when it ends early."""
        is_drawn = not options["json"] and options["verbosity"] > 0 and self.stdout.isatty()
        return {
            "find": (lambda found: None) if options["json"] else self._print,
            "progress": self._progress if is_drawn else lambda report: None,
            "must_stop": lambda: self.stopped_by_signal,
        }

    def tell(self, report: MovingReport, options: dict[str, Any]) -> None:
        """Raises `CommandError` with the exit status, unless nothing is left."""
        self.clear_line()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
        else:
            self._sum_up(report)
        if not report.is_clean:
            counted = _("%d findings") % sum(report.codes.values())
            told = _("stopped; %s so far") % counted if report.stopped else counted
            raise CommandError(told, returncode=report.exit_code)

    def _print(self, found: Found) -> None:
        here = f"{'paid' if found.here['paid'] else '-'} {found.here.get('total') or found.here.get('amount', '')}"
        there = " ".join(str(found.there[name]) for name in ("status", "amount") if name in found.there)
        if not self.has_headings:
            self._print_cells(*WIDTHS)
            self.has_headings = True
        self._print_cells(
            found.order, found.merchant_uid, found.imp_uid, found.code, here.strip(), there or "-"
        )

    def _print_cells(self, *cells: str) -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, WIDTHS.values(), strict=True))
        self.line("  ".join(padded).rstrip())

    def _progress(self, report: MovingReport) -> None:
        self.draw(_("%(rows)d rows, %(asked)d looked up") % {"rows": report.rows, "asked": report.asked})

    def _sum_up(self, report: MovingReport) -> None:
        counts = {"rows": report.rows, "asked": report.asked}
        self.stdout.write(_("%(rows)d rows, %(asked)d looked up") % counts)
        for code, count in sorted(report.codes.items()):
            self.stdout.write(f"{code}: {count}  {MEANINGS.get(code, '')}".rstrip())
