from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from django_iamport.models import History


class Command(BaseCommand):
    help = "Deletes payment history older than the given number of days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, required=True, help="keep the history of this many days")
        parser.add_argument(
            "--batch", type=int, default=1000, help="rows to delete at a time (default: 1000)"
        )
        parser.add_argument("--dry-run", action="store_true", help="count rows, but delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 1 or options["batch"] < 1:
            raise CommandError(_("--days and --batch must be at least 1."))
        old = History.objects.older_than(timezone.now() - timedelta(days=options["days"]))
        if options["dry_run"]:
            self.stdout.write(_("%d history rows would be deleted") % old.count())
            return
        deleted = 0
        while batch := old.prune(options["batch"]):
            deleted += batch
        self.stdout.write(_("%d history rows deleted") % deleted)
