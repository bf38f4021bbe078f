"""What the gateway answers, typed, under the gateway's own field names.

Amounts are int where integral (won always are), else Decimal; moments are aware datetimes in UTC, None where
the gateway says 0. Each class shows only ids, state and sums in its repr: everything else may be personal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django_iamport.client.wire import (
    Amount,
    Malformed,
    read_amount,
    read_count,
    read_flag,
    read_id,
    read_label,
    read_moment,
    read_object,
    read_rows,
    read_text,
)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """One refund of a payment. `cancellation_id` is None in answers older than that field."""

    amount: Amount
    cancellation_id: str | None
    cancelled_at: datetime | None
    pg_tid: str | None = field(repr=False)
    reason: str | None = field(repr=False)
    receipt_url: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Promotion:
    """The discount that a card company's promotion gave."""

    id: str | None
    discount: Amount


@dataclass(frozen=True, slots=True)
class Prepared:
    """An amount registered before the payment window opens. `currency` is None where none is enforced."""

    merchant_uid: str
    amount: Amount
    currency: str | None
    raw: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as the gateway tells it, at the moment it was asked.

    `status` is the gateway's word (`ready`, `paid`, `failed`, `cancelled`; partial refunds read `cancelled`).
    `sandbox` is True for a test channel and None where the answer does not say. `raw` is the whole answer,
    fields unknown here and personal ones included; its fractions are Decimals.
    """

    imp_uid: str
    merchant_uid: str
    status: str
    amount: Amount
    cancel_amount: Amount
    currency: str
    sandbox: bool | None
    pay_method: str | None
    pg_provider: str | None
    emb_pg_provider: str | None
    pg_id: str | None
    channel: str | None
    escrow: bool | None
    customer_uid_usage: str | None
    started_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None
    cancel_history: tuple[Cancellation, ...]
    promotion: Promotion | None
    pg_tid: str | None = field(repr=False)
    name: str | None = field(repr=False)
    fail_reason: str | None = field(repr=False)
    cancel_reason: str | None = field(repr=False)
    receipt_url: str | None = field(repr=False)
    apply_num: str | None = field(repr=False)
    card_code: str | None = field(repr=False)
    card_name: str | None = field(repr=False)
    card_quota: int | None = field(repr=False)
    card_type: int | None = field(repr=False)
    bank_code: str | None = field(repr=False)
    bank_name: str | None = field(repr=False)
    vbank_code: str | None = field(repr=False)
    vbank_name: str | None = field(repr=False)
    vbank_num: str | None = field(repr=False)
    vbank_holder: str | None = field(repr=False)
    vbank_date: datetime | None = field(repr=False)
    vbank_issued_at: datetime | None = field(repr=False)
    cash_receipt_issued: bool | None = field(repr=False)
    customer_uid: str | None = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """One page of a list. `next` is the number of the next page, 0 for none."""

    payments: tuple[Payment, ...]
    next: int


def parse_payment(answer: object) -> Payment:
    """A Payment out of one decoded answer; raises Malformed."""
    row = read_object(answer, "response")
    return Payment(
        imp_uid=read_id(row, "imp_uid"),
        merchant_uid=read_id(row, "merchant_uid"),
        status=read_id(row, "status"),
        amount=read_amount(row, "amount"),
        # Neither is guessed: a missing sum of refunds read as 0 would make a refunded payment a voided one.
        cancel_amount=read_amount(row, "cancel_amount"),
        currency=read_id(row, "currency"),
        sandbox=read_flag(row, "sandbox"),
        pay_method=read_label(row, "pay_method"),
        pg_provider=read_label(row, "pg_provider"),
        emb_pg_provider=read_label(row, "emb_pg_provider"),
        pg_id=read_text(row, "pg_id"),
        channel=read_label(row, "channel"),
        escrow=read_flag(row, "escrow"),
        customer_uid_usage=read_text(row, "customer_uid_usage"),
        started_at=read_moment(row, "started_at"),
        paid_at=read_moment(row, "paid_at"),
        failed_at=read_moment(row, "failed_at"),
        cancelled_at=read_moment(row, "cancelled_at"),
        cancel_history=_parse_history(row.get("cancel_history")),
        promotion=_parse_promotion(row.get("promotion")),
        pg_tid=read_label(row, "pg_tid"),
        name=read_label(row, "name"),
        fail_reason=read_label(row, "fail_reason"),
        cancel_reason=read_label(row, "cancel_reason"),
        receipt_url=read_label(row, "receipt_url"),
        apply_num=read_label(row, "apply_num"),
        card_code=read_label(row, "card_code"),
        card_name=read_label(row, "card_name"),
        card_quota=read_count(row, "card_quota"),
        card_type=read_count(row, "card_type"),
        bank_code=read_label(row, "bank_code"),
        bank_name=read_label(row, "bank_name"),
        vbank_code=read_label(row, "vbank_code"),
        vbank_name=read_label(row, "vbank_name"),
        vbank_num=read_text(row, "vbank_num"),
        vbank_holder=read_label(row, "vbank_holder"),
        vbank_date=read_moment(row, "vbank_date"),
        vbank_issued_at=read_moment(row, "vbank_issued_at"),
        cash_receipt_issued=read_flag(row, "cash_receipt_issued"),
        customer_uid=read_text(row, "customer_uid"),
        raw=row,
    )


def _parse_history(value: object) -> tuple[Cancellation, ...]:
    if value is None:
        return ()
    return tuple(_parse_cancellation(entry) for entry in read_rows(value, "cancel_history"))


def _parse_cancellation(entry: object) -> Cancellation:
    row = read_object(entry, "an entry of cancel_history")
    return Cancellation(
        amount=read_amount(row, "amount", of="cancel_history"),
        cancellation_id=read_text(row, "cancellation_id"),
        cancelled_at=read_moment(row, "cancelled_at"),
        pg_tid=read_label(row, "pg_tid"),
        reason=read_label(row, "reason"),
        receipt_url=read_label(row, "receipt_url"),
    )


def _parse_promotion(value: object) -> Promotion | None:
    if not value:
        return None
    row = read_object(value, "promotion")
    return Promotion(id=read_label(row, "id"), discount=read_amount(row, "discount", of="promotion"))


def parse_payments(answer: object) -> tuple[Payment, ...]:
    """Payments out of an array; one unreadable entry makes the whole answer unreadable."""
    return tuple(parse_payment(entry) for entry in read_rows(answer, "response"))


def parse_payment_page(answer: object) -> PaymentPage:
    """A page `{list, next, …}`, or a bare array as the only page."""
    if isinstance(answer, list):
        return PaymentPage(parse_payments(answer), 0)
    page = read_object(answer, "response")
    following = page.get("next") or 0
    if type(following) is not int:
        raise Malformed("next is not a page number")
    return PaymentPage(parse_payments(page.get("list")), following)


def parse_prepared(answer: object) -> Prepared:
    """A Prepared out of one decoded answer; raises Malformed."""
    row = read_object(answer, "response")
    return Prepared(
        merchant_uid=read_id(row, "merchant_uid"),
        amount=read_amount(row, "amount"),
        currency=read_text(row, "currency"),
        raw=row,
    )
