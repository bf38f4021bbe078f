"""Payments with a billing key that the gateway makes by itself, when their time comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...state.stores import Row, Span, Store
from .. import money
from ..ledger import Ledger
from ..payments import orders, records
from ..payments.orders import Order
from ..refusals import (
    ALREADY_SCHEDULED,
    NOT_SCHEDULED,
    NOT_TO_REPEAT,
    NOTHING_SCHEDULED,
    SCHEDULE_IN_THE_PAST,
    UNKNOWN_CUSTOMER,
    UNKNOWN_SCHEDULE,
    Refusal,
    wrong_parameter,
)
from . import billing_keys, charges
from .charges import PaymentMeans

KIND = "schedule"
STATUSES = ("scheduled", "executed", "revoked")


@dataclass(frozen=True)
class ScheduleRequest:
    """An order to be paid at `schedule_at` (unix seconds)."""

    order: Order
    schedule_at: int


def create(ledger: Ledger, key: Row, requests: Sequence[ScheduleRequest]) -> list[Row]:
    """All of them or none."""
    now = ledger.clock.unix()
    rows = []
    for request in requests:
        if request.schedule_at <= now:
            raise Refusal(1, SCHEDULE_IN_THE_PAST)
        if ledger.store.get(KIND, request.order.merchant_uid) is not None:
            raise Refusal(1, ALREADY_SCHEDULED)
        orders.refuse_paid(ledger.store, request.order.merchant_uid)
        row = {**_new(key, request, now), "receipt_url": ledger.merchant.receipt_url}
        _write(ledger, row)
        rows.append(row)
    return rows


def revoke(ledger: Ledger, customer_uid: str | None, merchant_uids: Collection[str]) -> list[Row]:
    """Those of a billing key, or those named, or those named that are of that key; none is refused."""
    if not customer_uid and not merchant_uids:
        raise wrong_parameter()
    named: dict[str, Any] = {"customer_uid": customer_uid, "merchant_uid": merchant_uids}
    filters = {name: value for name, value in named.items() if value}
    with ledger.store.exclusive():
        rows = ledger.store.find(KIND, "schedule_at", status="scheduled", **filters)
        if not rows:
            raise Refusal(1, NOTHING_SCHEDULED)
        for row in rows:
            row.update(status="revoked", revoked_at=ledger.clock.unix())
            _write(ledger, row)
    return rows


def read(store: Store, merchant_uid: str) -> Row:
    row = store.get(KIND, merchant_uid)
    if row is None:
        raise Refusal(-1, UNKNOWN_SCHEDULE, 404)
    return row


def find(store: Store, span: Span, sort: str, start: int, limit: int, **filters: str | None) -> list[Row]:
    """Those that are to be paid within a span of time."""
    return store.find(KIND, sort, start, limit, within=span, **_given(filters))


def count(store: Store, span: Span, **filters: str | None) -> int:
    """How many `find` would give without a limit."""
    return store.count(KIND, within=span, **_given(filters))


def move(ledger: Ledger, merchant_uid: str, schedule_at: int) -> Row:
    """Another moment for one that waits."""
    with ledger.store.exclusive():
        row = read(ledger.store, merchant_uid)
        if row["status"] != "scheduled":
            raise wrong_parameter(NOT_SCHEDULED)
        return _book(ledger, row, schedule_at)


def reschedule(ledger: Ledger, merchant_uid: str, schedule_at: int) -> Row:
    """A new moment for one that failed or was revoked."""
    with ledger.store.exclusive():
        row = _to_repeat(ledger, merchant_uid)
        row.update(imp_uid=None, executed_at=0, revoked_at=0)
        return _book(ledger, row, schedule_at)


def retry(ledger: Ledger, merchant_uid: str) -> Row:
    """Pay one that failed or was revoked, now; answers the payment, which may have failed again."""
    with ledger.store.exclusive():
        row = _to_repeat(ledger, merchant_uid)
        key = billing_keys.read(ledger.store, row["customer_uid"])
        orders.refuse_paid(ledger.store, merchant_uid)
        return _execute(ledger, row, charges.means_of(ledger, key, charges.SCHEDULED))


def run(ledger: Ledger, row: Row) -> None:
    """Its time has come. A billing key or a channel that is gone makes a payment that failed."""
    customer_uid, reason = row["customer_uid"], None
    key = billing_keys.find(ledger.store, customer_uid)
    try:
        if key is None:
            raise Refusal(1, UNKNOWN_CUSTOMER)
        means = charges.means_of(ledger, key, charges.SCHEDULED)
    except Refusal as refusal:
        means = PaymentMeans(
            ledger.channels.default, {}, billing_keys.UNKNOWN_CARD, customer_uid, charges.SCHEDULED
        )
        reason = refusal.text
    _execute(ledger, row, means, reason)


def _given(filters: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}


def as_json(store: Store, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """With the status and the reason of the payment as it is today."""
    imp_uids = [row["imp_uid"] for row in rows if row["imp_uid"]]
    paid = store.find("payment", imp_uid=imp_uids)
    payments = {payment["imp_uid"]: payment for payment in paid}
    return [_as_json(row, payments.get(row["imp_uid"])) for row in rows]


def _as_json(row: Row, payment: Row | None) -> dict[str, Any]:
    names = ("customer_uid", "merchant_uid", "imp_uid", "pg_provider", "pg_id", "customer_id", "schedule_at")
    moments = ("executed_at", "revoked_at", "currency", *records.ECHOED, "custom_data", "promotion_id")
    return {
        **{name: row[name] for name in (*names, *moments)},
        "amount": money.as_number(row["amount"]),
        "schedule_status": row["status"],
        "payment_status": payment and payment["status"],
        "fail_reason": payment and payment["fail_reason"],
    }


def _new(key: Row, request: ScheduleRequest, now: int) -> Row:
    order = request.order
    texts = {
        name: order.texts.get(name) or key.get(name.replace("buyer_", "customer_")) for name in records.ECHOED
    }
    return {
        **texts,
        "customer_uid": key["customer_uid"],
        "customer_id": key.get("customer_id"),
        "merchant_uid": order.merchant_uid,
        "imp_uid": None,
        "pg_provider": key["pg_provider"],
        "pg_id": key["pg_id"],
        "amount": money.stored(order.amount),
        "currency": order.currency,
        "tax_free": money.stored(order.tax_free),
        "vat_amount": None if order.vat_amount is None else money.stored(order.vat_amount),
        "card_quota": order.card_quota,
        "custom_data": order.custom_data,
        "notice_url": order.notice_url,
        "promotion_id": None,
        "status": "scheduled",
        "started_at": now,
        "schedule_at": request.schedule_at,
        "executed_at": 0,
        "revoked_at": 0,
    }


def _order(row: Row) -> Order:
    return Order(
        merchant_uid=row["merchant_uid"],
        amount=money.of(row["amount"]),
        currency=row["currency"],
        tax_free=money.of(row["tax_free"]),
        vat_amount=None if row["vat_amount"] is None else money.of(row["vat_amount"]),
        card_quota=row["card_quota"],
        texts={name: row[name] for name in records.ECHOED},
        custom_data=row["custom_data"],
        notice_url=row["notice_url"],
    )


def _book(ledger: Ledger, row: Row, schedule_at: int) -> Row:
    if schedule_at <= ledger.clock.unix():
        raise wrong_parameter(SCHEDULE_IN_THE_PAST)
    row.update(status="scheduled", schedule_at=schedule_at)
    _write(ledger, row)
    return row


def _to_repeat(ledger: Ledger, merchant_uid: str) -> Row:
    row = read(ledger.store, merchant_uid)
    failed = row["status"] == "executed" and ledger.stored(row["imp_uid"])["status"] == "failed"
    if row["status"] != "revoked" and not failed:
        raise wrong_parameter(NOT_TO_REPEAT)
    return row


def _execute(ledger: Ledger, row: Row, means: PaymentMeans, reason: str | None = None) -> Row:
    payment = charges.charge(ledger, _order(row), means, reason)
    row.update(status="executed", executed_at=ledger.clock.unix(), revoked_at=0, imp_uid=payment["imp_uid"])
    _write(ledger, row)
    return payment


def _write(ledger: Ledger, row: Row) -> None:
    ledger.store.put(KIND, row["merchant_uid"], row)
