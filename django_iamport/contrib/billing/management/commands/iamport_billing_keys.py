from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import CommandError

from django_iamport.contrib.billing.models import billing_key_models
from django_iamport.contrib.billing.sweeping import Sweep
from django_iamport.management.commands._stopping import StoppingCommand


class Command(StoppingCommand):
    help = (
        "Looks after saved cards: settles registrations that were left, goes on with deletions, and notices keys "
        "that the gateway no longer knows. Exit status: 0 (clean), 3 (left for the next run) or 5 (stopped)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would be looked at, and store nothing"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        counted: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        with self.ending_cleanly():
            for model in billing_key_models():
                sweep = Sweep(model, dry_run=options["dry_run"], stopped=lambda: self.stopped_by_signal)
                sweep.run()
                counted += sweep.counted
                failed += sweep.failed
        report = {"counted": dict(counted), "failed": dict(failed)}
        if options["json"]:
            self.line(json.dumps(report))
        else:
            for word, count in [*counted.items(), *failed.items()]:
                self.line(f"{word}: {count}")
        if self.stopped_by_signal:
            raise CommandError("stopped", returncode=5)
        if failed:
            raise CommandError("some keys are left for the next run", returncode=3)
