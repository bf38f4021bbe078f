"""What a run found and did, and what it left."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from django_iamport.records.refund import Refund

# Findings that a report holds; all are reported as they are found, and counted.
MOST_KEPT = 1000

# The next run goes on with these by itself. Whatever else is found needs somebody.
LATER = frozenset(
    {
        *("gateway_unreachable", "gateway_timeout", "gateway_rate_limit", "gateway_unexpected_answer"),
        *("gateway_refused", "gateway_not_found", "outcome_unknown", "payment_unknown", "busy"),
        *("too_many_notices", "noticed", "account_waiting", "another_run"),
        *(f"{kind}_{status}" for kind in ("refund", "void") for status in Refund.OPEN),
    }
)

CLEAN, LEFT_FOR_LATER, NEEDS_SOMEBODY, STOPPED = 0, 3, 4, 5


@dataclass
class Outcome:
    """How many of each finding, and what a run that found them ends with; `later` names those that need nobody."""

    later: ClassVar[frozenset[str]] = LATER
    codes: Counter[str] = field(default_factory=Counter)
    stopped: bool = False

    @property
    def is_clean(self) -> bool:
        return not self.codes and not self.stopped

    @property
    def exit_code(self) -> int:
        """For cron and alerts: what most needs attention (docs/operating.md)."""
        if set(self.codes) - self.later:
            return NEEDS_SOMEBODY
        if self.stopped:
            return STOPPED
        return LEFT_FOR_LATER if self.codes else CLEAN


@dataclass
class Findings(Outcome):
    """`unfinished` are (number, code), the first thousand of them."""

    unfinished: list[tuple[str, str]] = field(default_factory=list)

    def find(self, uid: str, code: str) -> None:
        self.codes[code] += 1
        if len(self.unfinished) < MOST_KEPT:
            self.unfinished.append((uid, code))


@dataclass
class Report(Findings):
    """Counts of one run. `unfinished` are (`merchant_uid`, code), the first thousand of them.

    `listed`: payments read from the gateway's lists. `asked`: attempts and refunds that were asked about.
    `changed`: by status, transactions with news (of a dry run: by what the gateway says, and nothing was
    stored). `refunds`: by status, those gone on with. `given_up`: orders. `foreign`: what is under way with
    another prefix, `foreign_payments`: such payments in the lists. `days_added_up`: for the desk, days that are
    over. `codes`: how many of each finding.
    """

    listed: int = 0
    asked: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    refunds: Counter[str] = field(default_factory=Counter)
    given_up: int = 0
    foreign: int = 0
    foreign_payments: int = 0
    days_added_up: int = 0

    def as_dict(self) -> dict[str, object]:
        """The report in plain values, as `--json` prints it."""
        return {
            "exit_code": self.exit_code,
            "stopped": self.stopped,
            "listed": self.listed,
            "asked": self.asked,
            "changed": dict(self.changed),
            "refunds": dict(self.refunds),
            "given_up": self.given_up,
            "foreign": self.foreign,
            "foreign_payments": self.foreign_payments,
            "days_added_up": self.days_added_up,
            "codes": dict(self.codes),
            "unfinished": [{"merchant_uid": uid, "code": code} for uid, code in self.unfinished],
        }
