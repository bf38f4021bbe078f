from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from django_iamport.contrib.identity_verification import erasing, verification

LEFT = 3
BATCH = 500


class Command(BaseCommand):
    help = (
        "Deletes at the gateway what a verification left there, and here the windows that came to nothing. "
        "Exit status: 0 (done), 3 (the gateway was not reached for some)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count rows, but change nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        told = {"deleted_at_gateway": 0, "left_at_gateway": 0, "abandoned": 0}
        for found in erasing.to_be_deleted():
            for row in _in_batches(found):
                if not (options["dry_run"] or verification.forget(row, origin=erasing.BY_COMMAND)):
                    told["left_at_gateway"] += 1
                elif options["dry_run"] or row.deleted_at is not None:
                    told["deleted_at_gateway"] += 1
        for found in erasing.abandoned():
            told["abandoned"] += found.count() if options["dry_run"] else found.delete()[0]
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], **told}, indent=2))
        else:
            self.stdout.write(", ".join(f"{name} {count}" for name, count in told.items()))
        if told["left_at_gateway"]:
            raise CommandError(
                _("%d left at the gateway: run it again later") % told["left_at_gateway"], returncode=LEFT
            )


def _in_batches(found: QuerySet[Any]) -> Iterator[Any]:
    """No cursor stays open while rows are changed."""
    batch = [*found.order_by("pk")[:BATCH]]
    while batch:
        yield from batch
        batch = [*found.filter(pk__gt=batch[-1].pk).order_by("pk")[:BATCH]]
