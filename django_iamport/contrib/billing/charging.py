"""Charging a saved card: intent, call, and a lookup that says what became of it."""

from __future__ import annotations

from typing import Any, TypeVar

from django_iamport.exceptions import (
    Conflict,
    GatewayError,
    IamportError,
    NotFound,
    OutcomeUnknown,
    Refused,
)
from django_iamport.gateway import billing_keys
from django_iamport.ledger import declines, shop_code
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, PayableMixin
from django_iamport.models.registry import transaction_model_of
from django_iamport.payments import charges, confirmation
from django_iamport.payments.request_pay import NAME_LENGTH, notice_address
from django_iamport.records.history import Origin
from django_iamport.rules.status import Status
from django_iamport.rules.verification import CARD_CHARGE

from . import keys
from .exceptions import BillingKeyForeign, BillingKeyGone, ChargeDeclined, ChargeUnknown
from .records import BillingKeyRecord

Row = TypeVar("Row", bound=AbstractTransaction)

ORIGIN = Origin("charge")
BUYER = ("buyer_name", "buyer_email", "buyer_tel", "buyer_addr", "buyer_postcode")


def charge(key: BillingKeyRecord, order: PayableMixin, using: str, name: str | None) -> AbstractTransaction:
    """`AbstractBillingKey.charge`."""
    keys.require_own(key)
    _require_owner(key, order)
    model = transaction_model_of(type(order))
    transactions = TransactionManager.for_model(model).write_database()
    begun = charges.begin(
        model,
        order,
        {"customer_uid_usage": CARD_CHARGE, "customer_uid": key.customer_uid},
        transactions,
        require_means=lambda stored: _require_means(key, stored, using),
    )
    row = begun.transaction
    if begun.is_claimed:
        return _carry_out(key, row, using, transactions, name)
    if row.status == Status.PAID:
        return row
    raise ChargeUnknown("It is not known yet what became of the last charge.", transaction=row)


def _require_owner(key: BillingKeyRecord, order: Any) -> None:
    if not key.may_charge(order):
        raise BillingKeyForeign("The order is somebody else's than the card.")


def _require_means(key: BillingKeyRecord, stored: object, using: str) -> None:
    """Both may have been read long ago: whose they are is asked again of what is stored."""
    keys.require_chargeable(key, using, ORIGIN)
    _require_owner(key, stored)


def _carry_out(
    key: BillingKeyRecord, row: AbstractTransaction, using: str, transactions: str, name: str | None
) -> AbstractTransaction:
    imp_uid, refused = None, None
    try:
        told = shop_code.typed(row.merchant_uid, lambda: _told(key, row, name))
    except Exception:
        charges.release(row, transactions)
        raise
    try:
        imp_uid = _call(key, row, told)
    except (Refused, NotFound, Conflict) as error:
        imp_uid, refused = error.imp_uid, error
    except OutcomeUnknown:
        pass
    except GatewayError:
        # Nothing of it has arrived.
        charges.release(row, transactions)
        raise
    _look_up(row, imp_uid, transactions)
    if refused is not None and row.status == Status.READY:
        reason = getattr(refused, "gateway_message", "") or refused.code
        row = declines.post(row, reason, ORIGIN, transactions)
        _notice_gone(key, using, row)
    if row.status == Status.PAID:
        return row
    if row.status == Status.READY:
        raise ChargeUnknown("It is not known yet what became of the charge.", transaction=row)
    reason = row.fail_reason if row.status == Status.FAILED else row.reject_reason
    raise ChargeDeclined(f"{row.merchant_uid} is {row.status}.", transaction=row, reason=reason)


def _told(key: BillingKeyRecord, row: AbstractTransaction, name: str | None) -> dict[str, Any]:
    """What the shop's hooks say of the charge."""
    order: Any = row.order
    buyer = {field: value for field, value in order.get_buyer().items() if field in BUYER and value}
    shown = (name or order.get_payment_name())[:NAME_LENGTH]
    return {"name": shown, "parameters": {**buyer, **key.get_charge_parameters(order, row)}}


def _call(key: BillingKeyRecord, row: AbstractTransaction, told: dict[str, Any]) -> str:
    address = notice_address()
    notice = {"notice_url": address} if address else {}
    return billing_keys.charge(
        key.customer_uid,
        row.merchant_uid,
        amount=row.amount,
        currency=row.currency,
        name=told["name"],
        parameters={**notice, **told["parameters"]},
    )


def _look_up(row: AbstractTransaction, imp_uid: str | None, using: str) -> None:
    """What the call answered is a hint: the payment is looked up and posted as any other.

    Raises `ChargeUnknown` where that can't be done now.
    """
    model = type(row)
    try:
        if imp_uid:
            confirmation.confirm(model, using, ORIGIN, attempt=row, imp_uid=imp_uid)
        else:
            confirmation.confirm_open(row, ORIGIN, using)
    except IamportError as error:
        raise ChargeUnknown("The payment could not be looked up.", transaction=row) from error
    finally:
        order = row.order
        row.refresh_from_db(using=using)
        row.order = order


def _notice_gone(key: BillingKeyRecord, using: str, row: AbstractTransaction) -> None:
    """A refusal may say that the key is gone; raises `BillingKeyGone` then."""
    try:
        keys.look_up(key, using, ORIGIN)
    except GatewayError:
        return
    if not key.is_chargeable:
        raise BillingKeyGone(f"{key.customer_uid} is {key.status}.", transaction=row)
