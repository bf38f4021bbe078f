"""What days that are over came to, added up before somebody looks at the desk."""

from __future__ import annotations

from functools import partial
from itertools import islice

from django_iamport.ledger.books import bookkeeping
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import transaction_models
from django_iamport.records.rows import rows

from .context import Run

# Of each kind of transactions; the next run goes on.
WEEKS = 5


def add_up(run: Run) -> None:
    for model in transaction_models() if not run.dry_run else ():
        name = f"days {model._meta.label_lower}"
        run.attempt(name, partial(_add_up, run, model, name))


def _add_up(run: Run, model: type[AbstractTransaction], name: str) -> None:
    """What is kept already shows where to go on; whoever does the same at once keeps the same."""
    run.go_on()
    for days in islice(bookkeeping.add_up_beforehand(rows(model)), WEEKS):
        run.report.days_added_up += days
        run.say(f"{name}: {days}")
        run.go_on()
