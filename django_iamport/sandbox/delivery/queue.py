"""Which webhook is sent next, and what becomes of it: faults, repeats, duplicates. Others do the sending."""

from collections.abc import Iterator
from typing import NamedTuple

from ..rules import webhook_settings
from ..rules.outbox import KIND, enqueue
from ..state.stores import Row, Store
from . import faults

MINUTE = 60
FORGOTTEN_SECONDS = 2 * MINUTE
"""A webhook that was being sent so long ago belonged to a process that ended: it is sent again."""
HELD_SECONDS = MINUTE


class Outcome(NamedTuple):
    """How the shop answered: HTTP status and the beginning of its body, or the name of a network error."""

    status: int | None = None
    body: str = ""
    error: str | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def worth_repeating(self) -> bool:
        return self.status is None or self.status >= 500


def claim(store: Store, now: int, *, early: bool = False) -> Row | None:
    """Take the oldest webhook that is due, so that nobody else sends it; `early` takes those that aren't too.

    A fault of `webhook` may keep it back, lose it, or (once it was sent) send it twice.
    """
    with store.exclusive():
        for row in sorted(_waiting(store, now), key=lambda row: _is_held(row, now)):
            if not early and row.get("due_at", 0) > now:
                continue
            if row.get("fault") is None and _is_kept_back(store, row, now, early=early):
                continue
            row.update(status="sending", sent_at=now)
            store.put(KIND, row["key"], row)
            return row
    return None


def record_outcome(store: Store, row: Row, outcome: Outcome, now: int) -> None:
    """Record the shop's answer; a failure is repeated as the settings say, a minute later.

    Nothing, where everything was forgotten while it was sent.
    """
    attempts = [
        *row.get("attempts", []),
        {"at": now, "status": outcome.status, "error": outcome.error, "body": outcome.body},
    ]
    row.update(attempts=attempts, answer_status=outcome.status, error=outcome.error, answered_at=now)
    with store.exclusive():
        if store.get(KIND, row["key"]) is None:
            return
        repeats = webhook_settings.read(store).repeats
        if outcome.delivered:
            row["status"] = "sent"
        elif outcome.worth_repeating and len(attempts) <= repeats:
            row.update(status="waiting", due_at=now + MINUTE)
        else:
            row["status"] = "failed"
        store.put(KIND, row["key"], row)
        if row.get("fault") == "duplicate" and len(attempts) == 1:
            enqueue(store, row, now, fault="duplicated")
        _release_held(store, now)


def resend(store: Store, key: str, now: int) -> Row | None:
    """The same body to the same address once more; None where there is no such webhook."""
    with store.exclusive():
        row = store.get(KIND, key)
        return None if row is None else enqueue(store, row, now)


def next_due(store: Store, now: int) -> int | None:
    """When the next webhook is due (unix seconds, maybe past); None where none waits."""
    return min((row.get("due_at", 0) for row in _waiting(store, now)), default=None)


def delay_until(store: Store, imp_uid: str, until: int) -> None:
    """Keep what waits for this payment back until a moment (unix seconds)."""
    for row in store.find(KIND, imp_uid=imp_uid, status="waiting"):
        store.put(KIND, row["key"], {**row, "due_at": until})


def _waiting(store: Store, now: int) -> Iterator[Row]:
    yield from store.find(KIND, sort="started_at", status="waiting")
    for row in store.find(KIND, sort="started_at", status="sending"):
        if row["sent_at"] < now - FORGOTTEN_SECONDS:
            yield row


def _is_kept_back(store: Store, row: Row, now: int, *, early: bool) -> bool:
    """Whether a fault keeps the webhook from being sent now. Each meets one at most."""
    fault = faults.take(store, faults.WEBHOOK)
    if fault is None:
        return False
    row["fault"] = fault.kind
    if fault.kind == "lose":
        row["status"] = "lost"
    elif fault.kind in ("delay", "reorder"):
        row["due_at"] = now + (HELD_SECONDS if fault.kind == "reorder" else int(fault.lasts))
    store.put(KIND, row["key"], row)
    return fault.kind != "duplicate" and not (early and fault.kind == "delay")


def _is_held(row: Row, now: int) -> bool:
    return bool(row.get("fault") == "reorder" and row["due_at"] > now)


def _release_held(store: Store, now: int) -> None:
    """What was held back for the sake of another order comes after the one that was just sent."""
    for row in store.find(KIND, status="waiting"):
        if _is_held(row, now):
            store.put(KIND, row["key"], {**row, "due_at": now})
