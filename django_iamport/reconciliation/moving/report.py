"""What reading the former code's rows found, and what was taken over."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django_iamport.reconciliation.report import Outcome
from django_iamport.rules.payment import SeenPayment

from .tables import OldRow


@dataclass(frozen=True)
class Found:
    """One finding: `here` is what the former code believed, `there` what the gateway says; no person's data."""

    code: str
    row: str
    order: str
    merchant_uid: str
    imp_uid: str
    here: dict[str, Any]
    there: dict[str, Any]


@dataclass
class MovingReport(Outcome):
    """Counts of one run. `rows`: read; `asked`: looked up at the gateway; `taken`: taken over, by status.

    `known`: those that were taken over before; `left`: those under which nothing was ever paid.
    """

    rows: int = 0
    asked: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    known: int = 0
    left: int = 0
    findings: list[Found] = field(default_factory=list)

    def find(self, code: str, old: OldRow, payment: SeenPayment | None = None) -> Found:
        found = Found(
            code=code,
            row=_text(old.key),
            order=_text(old.order),
            merchant_uid=old.merchant_uid,
            imp_uid=old.imp_uid or (payment.imp_uid if payment else ""),
            here={"paid": old.is_paid, "amount": _sum(old.amount), "total": _sum(old.total)},
            there=_there(payment),
        )
        return self._keep(found)

    def find_order(self, code: str, order: object) -> Found:
        """Of an order without any row."""
        return self._keep(Found(code, "", _text(order), "", "", {"paid": True}, {}))

    def _keep(self, found: Found) -> Found:
        self.codes[found.code] += 1
        self.findings.append(found)
        return found

    def as_dict(self) -> dict[str, Any]:
        """The report in plain values, as `--json` prints it."""
        counts = {name: getattr(self, name) for name in ("stopped", "rows", "asked", "known", "left")}
        told = {"taken": dict(self.taken), "codes": dict(self.codes)}
        return {
            "exit_code": self.exit_code,
            **counts,
            **told,
            "findings": [asdict(found) for found in self.findings],
        }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _sum(value: int | Decimal | None) -> str:
    """In the main unit, as people write it: `50000`, `10.50`."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else f"{value:.2f}"


def _there(payment: SeenPayment | None) -> dict[str, Any]:
    if payment is None:
        return {}
    return {
        "status": payment.status,
        "amount": _sum(payment.amount),
        "cancel_amount": _sum(payment.cancel_amount),
        "currency": payment.currency,
        "merchant_uid": payment.merchant_uid,
        "sandbox": payment.sandbox,
    }
