"""A payment as a lookup shows it: what the rules read of it, and how long it is evidence.

Each generation of the gateway's API brings its answers into this shape, in `gateway/`. Amounts are in the
currency's main unit (won for KRW), moments like those of `now`: both aware or both without a zone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

EVIDENCE_LIFE = timedelta(minutes=1)


class SeenPromotion(Protocol):
    @property
    def discount(self) -> int | Decimal: ...


class SeenCancellation(Protocol):
    """An entry of `cancel_history`."""

    @property
    def amount(self) -> int | Decimal: ...
    @property
    def cancellation_id(self) -> str | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def receipt_url(self) -> str | None: ...


class SeenPayment(Protocol):
    """One payment; `status` is one of `ready`, `paid`, `failed` and `cancelled`."""

    @property
    def imp_uid(self) -> str: ...
    @property
    def merchant_uid(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def amount(self) -> int | Decimal: ...
    @property
    def cancel_amount(self) -> int | Decimal: ...
    @property
    def currency(self) -> str: ...
    @property
    def sandbox(self) -> bool | None: ...
    @property
    def pay_method(self) -> str | None: ...
    @property
    def pg_provider(self) -> str | None: ...
    @property
    def pg_id(self) -> str | None: ...
    @property
    def escrow(self) -> bool | None: ...
    @property
    def customer_uid(self) -> str | None: ...
    @property
    def customer_uid_usage(self) -> str | None: ...
    @property
    def promotion(self) -> SeenPromotion | None: ...
    @property
    def receipt_url(self) -> str | None: ...
    @property
    def fail_reason(self) -> str | None: ...
    @property
    def vbank_code(self) -> str | None: ...
    @property
    def vbank_name(self) -> str | None: ...
    @property
    def vbank_num(self) -> str | None: ...
    @property
    def vbank_holder(self) -> str | None: ...
    @property
    def vbank_date(self) -> datetime | None: ...
    @property
    def vbank_issued_at(self) -> datetime | None: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def paid_at(self) -> datetime | None: ...
    @property
    def failed_at(self) -> datetime | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...
    @property
    def cancel_history(self) -> Sequence[SeenCancellation]: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...


class StaleEvidence(Exception):
    """The answer is too old for what it would change: the payment has to be looked up again.

    `stored` is the moment of the stored evidence.
    """

    def __init__(self, stored: datetime | None) -> None:
        super().__init__()
        self.stored = stored


@dataclass(frozen=True)
class Evidence:
    """A payment as the gateway showed it, and the moment at which it was asked.

    `asked_after` is the moment of the stored evidence that was read before the gateway was asked: what came of
    that is older, whatever the clocks say.
    """

    payment: SeenPayment
    looked_up_at: datetime
    asked_after: datetime | None = None

    def is_stale(self, *, now: datetime, stored: datetime | None) -> bool:
        """Evidence older than a minute, or older than what is `stored` already, is only a hint."""
        return now - self.looked_up_at > EVIDENCE_LIFE or self.is_older_than(stored)

    def is_older_than(self, stored: datetime | None) -> bool:
        """Whether what is `stored` came of a later question, as far as the clocks of two servers tell."""
        return stored is not None and stored > self.looked_up_at and not self.is_surely_newer_than(stored)

    def is_surely_newer_than(self, stored: datetime | None) -> bool:
        """Whether the gateway was asked when this was stored already."""
        return stored is None or stored == self.asked_after
