"""What became of an order's open attempts, asked together; and which of them is used again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.dateparse import parse_datetime

from django_iamport import conf
from django_iamport.gateway import lookups
from django_iamport.ledger import backlog, comparison
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.payable import Payable
from django_iamport.records.rows import rows
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules import merchant_uids
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import Status
from django_iamport.rules.verification import CARD_CHARGE

from . import confirmation

ORIGIN = Origin("create_new")

# For so long an attempt whose window never opened is used again, all payments under its number are read whatever
# is stored of one of them, and its order is not given up by time.
YOUNG = timedelta(minutes=30)

# For so long a charge whose answer was lost may still be on its way to the payment company.
UNKNOWN_FOR = timedelta(minutes=10)

# What the window of an attempt is opened with beside what the settings and the order say.
RequestPay = Callable[[Any], Mapping[str, object]]

Row = TypeVar("Row", bound=TransactionRecord)


def may_still_be_paid() -> Q:
    """Attempts that took no money, be they open, failed, voided or play: another window of theirs may be paid."""
    return Q(paid_amount=None)


def is_charge(row: TransactionRecord) -> bool:
    """Whether it is carried out by the shop itself, without a window."""
    return bool(row.asked.get("customer_uid_usage") == CARD_CHARGE)


def is_under_way(row: TransactionRecord, asked_at: datetime) -> bool:
    """Whether a charge left so shortly before the gateway was asked that it may not have arrived yet."""
    if row.status != Status.READY or not is_charge(row):
        return False
    charged_at = parse_datetime(row.asked.get("charged_at", ""))
    return charged_at is not None and charged_at > asked_at - UNKNOWN_FOR


@dataclass(frozen=True)
class OpenAttempts(Generic[Row]):
    """Those of one order that may still be paid, the oldest first; `unopened` have no payment at the gateway."""

    rows: list[Row]
    unopened: list[Row]

    def to_use_again(self, wanted: Row, request_pay: RequestPay | None) -> Row | None:
        """The last open one, if its window never opened, it is young, and it asks for what `wanted` does."""
        last = next((row for row in reversed(self.rows) if row.status == Status.READY), None)
        if last is None or last not in self.unopened or timezone.now() - last.created > YOUNG:
            return None
        is_same = (
            merchant_uids.is_ours(last.merchant_uid, conf.prefix())
            and (last.amount, last.currency) == (wanted.amount, wanted.currency)
            and last.channel_name == wanted.channel_name
            and last.as_asked() == wanted.as_asked()
            and last.asked.get("request_pay") == fingerprint(last, request_pay)
        )
        return last if is_same else None


def ask(model: type[Row], order: Payable, using: str) -> OpenAttempts[Row]:
    """Ask about every attempt of an order that may still be paid, and post what is found.

    Several cost one call, and further ones where a payment was found: an answer about many shows one payment of
    each, so all under that number are read. Raises `GatewayError`, and what `confirm` does.
    """
    found = rows(model, using).filter(may_still_be_paid(), order=order).order_by("created", "pk")
    attempts = [row for row in found if conf.owns(row.gateway_merchant_uid)]
    if not attempts:
        return OpenAttempts([], [])
    locks.require_no_transaction(using)
    asked_at = timezone.now()
    many = (
        lookups.find_many((), [row.gateway_merchant_uid for row in attempts]) if len(attempts) > 1 else None
    )
    opened = attempts if many is None else [row for row in attempts if row.gateway_merchant_uid in many]
    without = [row for row in attempts if row not in opened]
    if any(row.backlog_since for row in without):
        backlog.forget_all(rows(model, using).filter(pk__in=[row.pk for row in without]), asked_at)
    for row in opened:
        if many is not None and _is_stored(row, many[row.gateway_merchant_uid]):
            continue
        if not confirmation.confirm_open(row, ORIGIN, using):
            without.append(row)
    return OpenAttempts(attempts, without)


def _is_stored(row: TransactionRecord, seen: SeenPayment | lookups.Unreadable) -> bool:
    """Whether an old attempt is as it was: its windows are closed, and no further payment is behind this one."""
    if isinstance(seen, lookups.Unreadable) or row.backlog_since or row.is_awaiting_deposit:
        return False
    now = timezone.now()
    return now - row.created > YOUNG and not comparison.is_news(row, seen, now=now)


def fingerprint(row: TransactionRecord, request_pay: RequestPay | None = None) -> str | None:
    """Of the channel and the values that the window of an attempt is opened with; None where there are none.

    Keyed, because a shop may put anything there. What the order says of itself is not part of it.
    """
    extra = request_pay(row) if request_pay else {}
    values = {**conf.window(row.channel_name), **extra}
    if not values:
        return None
    text = json.dumps(values, sort_keys=True, default=str)
    return salted_hmac("django_iamport.request_pay", text, algorithm="sha256").hexdigest()[:32]
