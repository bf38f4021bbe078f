from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldError
from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import default_transaction_model
from django_iamport.reconciliation import moving

from ._former_shop import FormerShopCommand


class Command(FormerShopCommand):
    help = (
        "Takes over the payments of the shop's former code: each is looked up, and stored with its evidence; no "
        "signal is sent, nothing is refunded. Can be stopped and run again. "
        "Exit status: 0 (clean), 3 (left for the next run), 4 (findings) or 5 (stopped)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--model", help="transaction model to store them in (default: IAMPORT_TRANSACTION_MODEL)"
        )
        parser.add_argument(
            "--order-field",
            default="pk",
            metavar="LOOKUP",
            help="field of the order model that holds the former key of the order (default: pk)",
        )
        parser.add_argument(
            "--accept",
            action="append",
            default=[],
            choices=moving.ACCEPTABLE,
            help="take payments over in spite of this finding; may be repeated",
        )
        parser.add_argument(
            "--skip",
            action="append",
            default=[],
            metavar="MERCHANT_UID",
            help="leave this number out; may be repeated",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="look up and report what would be stored, but store nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        model, tables = self._model(options["model"]), self.tables(options)
        with self.ending_cleanly():
            try:
                report = moving.take_over(
                    model,
                    tables,
                    options["database"],
                    order_field=options["order_field"],
                    accept=options["accept"],
                    skip=options["skip"],
                    dry_run=options["dry_run"],
                    **self.watching(options),
                )
            except FieldError as error:
                raise CommandError(str(error)) from error
        if not options["json"]:
            self._tell_taken(report)
        self.tell(report, options)

    def _model(self, label: str | None) -> type[AbstractTransaction]:
        if not label:
            return default_transaction_model()
        try:
            model = apps.get_model(label)
        except (LookupError, ValueError) as error:
            raise CommandError(str(error)) from error
        if not issubclass(model, AbstractTransaction):
            raise CommandError(_("%s is not a transaction model.") % label)
        return model

    def _tell_taken(self, report: moving.MovingReport) -> None:
        self.clear_line()
        for status, count in sorted(report.taken.items()):
            self.stdout.write(f"{status}: {count}")
        if report.known:
            self.stdout.write(_("taken over before: %d") % report.known)
        if report.left:
            self.stdout.write(_("nothing to take over: %d") % report.left)
