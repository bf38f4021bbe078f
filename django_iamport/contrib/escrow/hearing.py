"""What the gateway tells of a buyer: that he has got the goods, or refuses them.

It is told in notices alone, and can't be asked: the gateway shows neither in a payment nor in a delivery. So it is
believed only of a payment in escrow and under the payment's own number, it is shown and told to the shop, and no
money follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timezone as zones
from typing import Any

from django.utils import timezone

from django_iamport.exceptions import PaymentUnknown
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.ledger import operator_calls
from django_iamport.ledger.shop_code import ShopCode
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, OperatorCall
from django_iamport.records import locks
from django_iamport.records.history import History, Origin, note
from django_iamport.rules.texts import storable

from . import rules, signals
from .deliveries import delivery_of, is_in_escrow
from .models import Delivery
from .rules import EscrowStatus

EVENT = "Inicis.Escrow.Changed"
ORIGIN = Origin("webhook")
# Why an operator is called.
REFUSED = "escrow_refused"
# Of one payment, whoever sends them; a delivery that was refused and sent again has four.
MOST_CHANGES = 20
STATUSES = frozenset(status.value for status in EscrowStatus)


def hear(attempt: AbstractTransaction, imp_uid: str, extra: Mapping[str, Any]) -> None:
    """Store what a notice says, once, and call an operator where the buyer refused.

    Raises `PaymentUnknown` where the payment isn't stored yet: the gateway sends the notice again. Raises
    `ReceiverFailed`, `Busy`.
    """
    status = extra.get("escrow_status")
    status = str(status) if isinstance(status, int) and not isinstance(status, bool) else status
    if not isinstance(status, str) or status not in STATUSES:
        return
    using = TransactionManager.for_model(type(attempt)).write_database()
    calls = locks.retrying(lambda: _store(attempt, imp_uid, status, extra, using))
    operator_calls.send_all(type(attempt), calls, using)


def _store(
    attempt: AbstractTransaction, imp_uid: str, status: str, extra: Mapping[str, Any], using: str
) -> list[OperatorCall]:
    with locks.locked_attempt(attempt, using) as stored:
        if stored.imp_uid is None:
            raise PaymentUnknown(f"The payment of {stored.merchant_uid} is not stored yet.")
        if stored.imp_uid != imp_uid or not is_in_escrow(stored):
            return []
        row = delivery_of(stored) or Delivery(merchant_uid=stored.merchant_uid, imp_uid=imp_uid)
        now = aware(timezone.now()).astimezone(zones.utc)
        moment = as_stored(rules.read_moment(extra.get("changed_at"), now))
        is_late = row.changed_at is not None and moment < row.changed_at
        if row.escrow_status == status or is_late or _is_flood(stored.merchant_uid, using):
            return []
        reason = extra.get("denied_reason")
        row.escrow_status, row.changed_at = status, moment
        row.denied_reason = storable(reason)[:200] if isinstance(reason, str) else ""
        row.save(using=using)
        note(
            stored.merchant_uid,
            "escrow_changed",
            origin=ORIGIN,
            using=using,
            imp_uid=imp_uid,
            reason=f"escrow_{EscrowStatus(status).name.lower()}",
        )
        ShopCode(stored.merchant_uid, using).call(
            signals.escrow_changed.send, type(stored), delivery=row, transaction=stored, order=stored.order
        )
        return _calls(row, using)


def _is_flood(merchant_uid: str, using: str) -> bool:
    """Whether somebody, as only who paid can, makes up one answer after the other."""
    changes = History.objects.using(using).of(merchant_uid).filter(event="escrow_changed")
    return len(changes.values_list("pk")[:MOST_CHANGES]) == MOST_CHANGES


def _calls(row: Delivery, using: str) -> list[OperatorCall]:
    calls = OperatorCall.objects.using(using)
    if row.escrow_status != EscrowStatus.REFUSED:
        calls.close(row.merchant_uid, timezone.now(), reasons=[REFUSED])
        return []
    called = calls.store(row.merchant_uid, REFUSED, imp_uid=row.imp_uid)
    return [] if called is None else [called]
