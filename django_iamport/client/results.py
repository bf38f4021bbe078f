"""Payments and what belongs to them, as the gateway tells them, under the gateway's own field names.

Amounts are int where integral (won always are), else Decimal; moments are aware datetimes in UTC, None where
the gateway says 0. Words such as `status` are texts, so that a new one does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django_iamport.client.http.answer import Answer, DecidingText, page_of, reader, rows_of
from django_iamport.client.http.wire import Amount


@dataclass(frozen=True, slots=True, repr=False)
class Cancellation(Answer):
    """One refund of a payment. `cancellation_id` is None in answers older than that field."""

    shown = ("amount", "cancellation_id", "cancelled_at")
    amount: Amount
    cancellation_id: DecidingText
    cancelled_at: datetime | None
    pg_tid: str | None
    reason: str | None
    receipt_url: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Deposit(Answer):
    """One deposit into a virtual account of a customer's own, which takes any number of them."""

    shown = ("amount", "deposited_at")
    amount: Amount
    deposited_at: datetime | None
    pg_tid: str | None
    depositor_name: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Promotion(Answer):
    """The discount that a card company's promotion gave."""

    shown = ("id", "discount")
    id: str | None
    discount: Amount


@dataclass(frozen=True, slots=True, repr=False)
class Prepared(Answer):
    """An amount registered before the payment window opens. `currency` is None where none is enforced."""

    shown = ("merchant_uid", "amount", "currency")
    merchant_uid: str
    amount: Amount
    currency: DecidingText


@dataclass(frozen=True, slots=True, repr=False)
class Payment(Answer):
    """One payment as the gateway tells it, at the moment it was asked.

    `status` is the gateway's word (`ready`, `paid`, `failed`, `cancelled`; partial refunds read `cancelled`).
    `sandbox` is True for a test channel and None where the answer does not say. `cancel_amount` is never
    guessed: a missing sum of refunds read as 0 would make a refunded payment a voided one.
    """

    shown = (
        *(
            "imp_uid",
            "merchant_uid",
            "status",
            "amount",
            "cancel_amount",
            "currency",
            "sandbox",
            "pay_method",
        ),
        *("pg_provider", "emb_pg_provider", "pg_id", "channel", "escrow", "customer_uid_usage"),
        *("started_at", "paid_at", "failed_at", "cancelled_at", "cancel_history", "promotion"),
    )
    imp_uid: str
    merchant_uid: str
    status: str
    amount: Amount
    cancel_amount: Amount
    currency: str
    sandbox: bool | None
    pay_method: str | None
    channel: str | None
    pg_provider: str | None
    emb_pg_provider: str | None
    pg_id: DecidingText
    pg_tid: str | None
    escrow: bool | None
    started_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None
    fail_reason: str | None
    cancel_reason: str | None
    cancel_history: tuple[Cancellation, ...]
    cancel_receipt_urls: tuple[str, ...]
    deposit_history: tuple[Deposit, ...]
    promotion: Promotion | None
    name: str | None
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    custom_data: str | None
    user_agent: str | None
    receipt_url: str | None
    cash_receipt_issued: bool | None
    apply_num: str | None
    bank_code: str | None
    bank_name: str | None
    card_code: str | None
    card_name: str | None
    card_number: str | None
    card_quota: int | None
    card_type: int | None
    card_issuer_code: str | None
    card_issuer_name: str | None
    card_publisher_code: str | None
    card_publisher_name: str | None
    vbank_code: str | None
    vbank_name: str | None
    vbank_num: DecidingText
    vbank_holder: str | None
    vbank_date: datetime | None
    vbank_issued_at: datetime | None
    customer_uid: DecidingText
    customer_uid_usage: DecidingText


@dataclass(frozen=True, slots=True, repr=False)
class BalancePart(Answer):
    """The tax split of one part of a payment, in its currency."""

    shown = ("tax_free", "supply", "vat", "service")
    tax_free: Amount
    supply: Amount
    vat: Amount
    service: Amount


@dataclass(frozen=True, slots=True, repr=False)
class BalanceChange(Answer):
    """What a payment was split into at one moment."""

    shown = ("created", "cash_receipt", "primary", "secondary", "discount")
    created: datetime | None
    cash_receipt: BalancePart | None
    primary: BalancePart | None
    secondary: BalancePart | None
    discount: BalancePart | None


@dataclass(frozen=True, slots=True, repr=False)
class Balance(Answer):
    """A payment split by what it was paid with: own means, points, discounts; each with its taxes."""

    shown = ("amount", "cash_receipt", "primary", "secondary", "discount")
    amount: Amount
    cash_receipt: BalancePart | None
    primary: BalancePart | None
    secondary: BalancePart | None
    discount: BalancePart | None
    histories: tuple[BalanceChange, ...]


read_payment = reader(Payment)
read_payments = rows_of(read_payment)
read_payment_page = page_of(read_payment)
read_prepared = reader(Prepared)
read_balance = reader(Balance)
