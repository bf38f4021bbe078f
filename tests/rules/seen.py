"""A payment as the rules see it: paid in full at noon through a live channel, unless a test says otherwise."""

from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal

NOON = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Promotion:
    discount: int | Decimal


@dataclass(frozen=True)
class Payment:
    imp_uid: str = "imp_1"
    merchant_uid: str = "uid"
    status: str = "paid"
    amount: int | Decimal = 50_000
    cancel_amount: int | Decimal = 0
    currency: str = "KRW"
    sandbox: bool | None = False
    customer_uid_usage: str | None = None
    customer_uid: str | None = None
    pay_method: str | None = "card"
    promotion: Promotion | None = None
    pg_provider: str | None = "html5_inicis"
    pg_id: str | None = "mid"
    escrow: bool | None = False
    vbank_num: str | None = None
    started_at: datetime | None = NOON
    paid_at: datetime | None = NOON
