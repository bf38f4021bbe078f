from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from django_iamport.models import History


class Command(BaseCommand):
    help = "Deletes the part of the payment history that is older than so many days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, required=True, help="keep the history of so many days")
        parser.add_argument("--batch", type=int, default=1000, help="rows deleted at a time (default: 1000)")
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 1 or options["batch"] < 1:
            raise CommandError(_("--days and --batch must be 1 or more."))
        old = History.objects.older_than(timezone.now() - timedelta(days=options["days"]))
        if options["dry_run"]:
            self.stdout.write(_("%d rows of the history would be deleted") % old.count())
            return
        deleted = 0
        while batch := old.prune(options["batch"]):
            deleted += batch
        self.stdout.write(_("%d rows of the history deleted") % deleted)
