"""What a shop's server asks to be paid."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ...state.stores import Row, Store
from .. import money
from ..channels import Channel
from ..codes import INSTALMENTS_FROM, QUOTAS
from ..refusals import (
    ALREADY_PAID,
    NO_INSTALMENTS,
    TOO_LITTLE,
    WRONG_CURRENCY,
    Refusal,
    refused_by_pg,
    wrong_parameter,
)
from . import records


@dataclass(frozen=True)
class Order:
    """What is to be paid, in the currency's main unit; `texts` are `name`, `buyer_name` and the like."""

    merchant_uid: str
    amount: Decimal
    currency: str = "KRW"
    tax_free: Decimal = Decimal(0)
    vat_amount: Decimal | None = None
    card_quota: int = 0
    texts: Mapping[str, str | None] = field(default_factory=dict)
    custom_data: str | None = None
    notice_url: Any = None

    def __post_init__(self) -> None:
        """Raises Refusal where no PG would take it."""
        quota_is_known = self.card_quota in QUOTAS and (
            not self.card_quota or (self.currency == "KRW" and self.amount >= INSTALMENTS_FROM)
        )
        if self.amount <= 0 or self.tax_free + (self.vat_amount or 0) > self.amount or not quota_is_known:
            raise wrong_parameter()


def why_not(order: Order, channel: Channel) -> str | None:
    """What the channel has against such a sum."""
    if order.currency not in channel.rules.currencies:
        return WRONG_CURRENCY
    if order.amount < channel.rules.minimum:
        return TOO_LITTLE.format(channel.rules.minimum)
    return NO_INSTALMENTS if order.card_quota > channel.rules.instalments else None


def permit(order: Order, channel: Channel) -> None:
    """Raises Refusal where the channel takes no such sum."""
    if reason := why_not(order, channel):
        raise refused_by_pg(reason)


def open_payment(order: Order, channel: Channel, now: int, customer_uid: str | None = None) -> Row:
    """The payment that begins with it."""
    row = records.new(
        {**order.texts, "merchant_uid": order.merchant_uid, "customer_uid": customer_uid},
        imp_uid=new_imp_uid(),
        channel=channel,
        amount=order.amount,
        currency=order.currency,
        now=now,
    )
    row.update(
        channel="api",
        card_quota=order.card_quota,
        tax_free=money.stored(order.tax_free),
        vat_amount=None if order.vat_amount is None else money.stored(order.vat_amount),
        custom_data=order.custom_data,
        notice_url=order.notice_url,
    )
    return row


def new_imp_uid() -> str:
    return f"imp_{secrets.randbelow(10**12):012d}"


def is_paid(store: Store, merchant_uid: str) -> bool:
    """Whether anything was ever captured under it: then it is used up."""
    return any(row["paid_at"] for row in store.find("payment", merchant_uid=merchant_uid))


def refuse_paid(store: Store, merchant_uid: str) -> None:
    if is_paid(store, merchant_uid):
        raise Refusal(1, ALREADY_PAID)
