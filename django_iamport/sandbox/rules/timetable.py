"""What happens by itself, in the order in which it is due: scheduled payments and late approvals."""

from ..state.stores import Row, Span, Store
from .billing import charges, late_approvals, schedules
from .ledger import Ledger

WAITING = ((schedules.KIND, "scheduled"), (late_approvals.KIND, late_approvals.WAITING))


def has_plans(store: Store) -> bool:
    return any(store.count(kind, status=status) for kind, status in WAITING)


def next_moment(store: Store) -> int | None:
    """When something will happen (unix seconds), None where nothing is planned."""
    firsts = [store.find(kind, "schedule_at", limit=1, status=status) for kind, status in WAITING]
    return min((row["schedule_at"] for rows in firsts for row in rows), default=None)


def has_due(ledger: Ledger) -> bool:
    return _first_due(ledger) is not None


def run_next(ledger: Ledger) -> None:
    """The first of what is due, at its own moment; nothing where another process was faster."""
    with ledger.store.exclusive():
        found = _first_due(ledger)
        if found is None:
            return
        kind, row = found
        then = ledger.at(row["schedule_at"], row["receipt_url"])
        if kind == schedules.KIND:
            schedules.run(then, row)
        else:
            _approve(then, row["imp_uid"])


def _first_due(ledger: Ledger) -> tuple[str, Row] | None:
    until_now = Span("schedule_at", 0, ledger.clock.unix())
    due = [
        (kind, row)
        for kind, status in WAITING
        for row in ledger.store.find(kind, "schedule_at", limit=1, within=until_now, status=status)
    ]
    return min(due, key=lambda found: int(found[1]["schedule_at"]), default=None)


def _approve(ledger: Ledger, imp_uid: str) -> None:
    ledger.store.delete(late_approvals.KIND, imp_uid)
    with ledger.change(imp_uid) as payment:
        if payment["status"] == "failed":
            charges.capture(ledger, payment)
            ledger.write_webhooks(payment)
