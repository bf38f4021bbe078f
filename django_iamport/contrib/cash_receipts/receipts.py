"""Issuing, looking up and cancelling: the intent is stored before each call, and what became of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import (
    Conflict,
    GatewayError,
    IamportError,
    NotFound,
    OutcomeUnknown,
    Refused,
)
from django_iamport.gateway import receipts as gateway
from django_iamport.models import AbstractTransaction
from django_iamport.records import locks
from django_iamport.records.blocks import block
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import Origin, note
from django_iamport.records.write_database import write_database
from django_iamport.rules import merchant_uids
from django_iamport.rules.status import Status
from django_iamport.rules.texts import storable

from . import facts as facts_of
from . import outcomes, rules
from .exceptions import (
    CashReceiptNotIssued,
    CashReceiptNotPossible,
    CashReceiptOpen,
    CashReceiptRefused,
)
from .models import CashReceipt
from .rules import ReceiptStatus

__all__ = [
    "cancel",
    "dismiss",
    "is_possible",
    "issue",
    "issue_external",
    "look_up",
    "new_merchant_uid",
    "sync",
]

# The gateway surely did not do it.
NOT_DONE = (Refused, Conflict, NotFound)


def is_possible(transaction: AbstractTransaction) -> bool:
    """Whether the gateway issues receipts for such a payment: a transfer or a deposit, held, in won."""
    return (
        transaction.status == Status.PAID
        and transaction.pay_method in rules.CASH
        and transaction.paid_currency == "KRW"
        and transaction.held_amount > 0
        and conf.owns(transaction.gateway_merchant_uid)
    )


@sensitive_variables()
def issue(
    transaction: AbstractTransaction,
    identifier: str,
    *,
    type: str = rules.PERSON,  # noqa: A002 - the gateway's word
    tax_free: int | Decimal | None = None,
    vat_amount: int | Decimal | None = None,
    by: By = "",
    source: str = "code",
) -> CashReceipt:
    """Issue a receipt for what is held of a transfer or deposit, and answer it issued.

    `identifier` is a mobile phone, resident, business or tax card number; it is sent, and only its mask is stored.
    `type` is `"person"` (income deduction) or `"company"` (proof of expenses). `tax_free` and `vat_amount` are
    parts of the amount, in won; by default those of the order's `get_cash_receipt_fields(transaction)`, if it has
    that method. `source` (a word) and `by` (a user object, or a key) go into the history.

    Raises `CashReceiptIdentifierInvalid`, `CashReceiptAmountInvalid`, `CashReceiptNotPossible`, `CashReceiptOpen`,
    `CashReceiptRefused` (with the payment company's words), `OutcomeUnknown` (it is looked up, at the latest by
    `iamport_sync`), another `GatewayError`, `InTransaction`.
    """
    number, origin = facts_of.identifier(identifier, type), Origin(source, hand_of(by))
    using = write_database(transaction)
    locks.require_no_transaction(using)
    if transaction.answer.get("cash_receipt_issued") and look_up(transaction, source=source) is not None:
        _require_none_open(transaction.merchant_uid)

    def intend() -> tuple[CashReceipt, dict[str, Any]]:
        with locks.locked_attempt(transaction, using) as stored:
            if not is_possible(stored):
                raise CashReceiptNotPossible(f"{stored.merchant_uid} gets no cash receipt.")
            _require_none_open(stored.merchant_uid)
            facts = {
                **facts_of.of_payment(stored),
                **facts_of.named({"tax_free": tax_free, "vat_amount": vat_amount}),
            }
            facts_of.require_parts(facts, stored.held_amount)
            row = _intend(
                origin,
                kind="payment",
                merchant_uid=stored.merchant_uid,
                imp_uid=stored.imp_uid or "",
                open_key=stored.merchant_uid,
                type=type,
                masked_identifier=number.masked,
                identifier_type=number.type,
                amount=stored.held_amount,
            )
            return row, facts

    row, facts = locks.retrying(intend)
    return _issue(
        row,
        origin,
        partial(
            gateway.issue,
            row.imp_uid,
            number.number,
            identifier_type=number.type,
            receipt_type=type,
            facts=facts,
        ),
    )


@sensitive_variables()
def issue_external(
    amount: int | Decimal,
    identifier: str,
    *,
    name: str,
    type: str = rules.PERSON,  # noqa: A002 - the gateway's word
    channel: str = "",
    reference: str = "",
    merchant_uid: str = "",
    tax_free: int | Decimal | None = None,
    vat_amount: int | Decimal | None = None,
    by: By = "",
    source: str = "code",
    **fields: str,
) -> CashReceipt:
    """Issue a receipt for `amount` won that was taken elsewhere for `name`, and answer it issued.

    `channel` names one of `IAMPORT_CHANNELS` that has a `channelKey`; without it `IAMPORT_CHANNEL_KEY` is used.
    `reference` is the shop's own number of the sale. `merchant_uid` (of `new_merchant_uid()`) makes it one receipt
    however often it is asked for: it is used up by the first that isn't refused. `fields` are what the payment
    company asks for: `buyer_name`, `buyer_tel`, `buyer_email`. Everything else as in `issue`; raises
    `ChannelUnknown` too.
    """
    number, origin = facts_of.identifier(identifier, type), Origin(source, hand_of(by))
    using, won = outcomes.database(), Decimal(amount)
    locks.require_no_transaction(using)
    channel_key = facts_of.channel_key(channel)
    facts = {
        **facts_of.of_the_shop(),
        **fields,
        **facts_of.named({"tax_free": tax_free, "vat_amount": vat_amount}),
    }
    facts_of.require_parts(facts, won)
    uid = merchant_uid or new_merchant_uid()

    def intend() -> CashReceipt:
        with block(using, uid):
            used = CashReceipt.objects.filter(merchant_uid=uid).exclude(status=ReceiptStatus.REFUSED.value)
            if used.exists() or not conf.owns(uid):
                raise CashReceiptOpen(f"{uid} has been used for a cash receipt.")
            return _intend(
                origin,
                kind="external",
                merchant_uid=uid,
                open_key=uid,
                name=storable(name)[:100],
                reference=storable(reference)[:60],
                channel_name=channel,
                type=type,
                masked_identifier=number.masked,
                identifier_type=number.type,
                amount=won,
            )

    try:
        row = locks.retrying(intend)
    except IntegrityError as error:
        raise CashReceiptOpen(f"{uid} has been used for a cash receipt.") from error
    return _issue(
        row,
        origin,
        partial(
            gateway.issue_external,
            uid,
            number.number,
            channel_key=channel_key,
            name=row.name,
            amount=won,
            identifier_type=number.type,
            receipt_type=type,
            facts=facts,
        ),
    )


def new_merchant_uid() -> str:
    """A number for a sale elsewhere: the one-time key of whatever asks for its receipt."""
    return merchant_uids.make(settings.SECRET_KEY, "cash_receipt", prefix=conf.prefix())


def cancel(receipt: CashReceipt, *, reason: str, by: By = "", source: str = "code") -> CashReceipt:
    """Cancel an issued receipt at the gateway, and answer it as it is afterwards.

    `reason`, `source` (a word) and `by` (a user object, or a key) go into the history. Raises
    `CashReceiptNotIssued`, `CashReceiptRefused` (with the payment company's words), `OutcomeUnknown` (it is looked
    up, at the latest by `iamport_sync`), another `GatewayError`, `InTransaction`.
    """
    return withdraw(receipt, reason=reason, origin=Origin(source, hand_of(by)))


def withdraw(receipt: CashReceipt, *, reason: str, origin: Origin) -> CashReceipt:
    """The same, whoever wants it."""
    locks.require_no_transaction(outcomes.database())
    row = CashReceipt.objects.get(pk=receipt.pk)
    if not row.is_issued or not conf.owns(row.merchant_uid):
        raise CashReceiptNotIssued(f"{row.merchant_uid} has no cash receipt to cancel.")
    if not outcomes.cancelling(row, reason=reason, by=origin.by, origin=origin):
        raise CashReceiptNotIssued(f"The cash receipt of {row.merchant_uid} is being cancelled already.")
    return carry_out_cancellation(row, origin)


def carry_out_cancellation(row: CashReceipt, origin: Origin) -> CashReceipt:
    """Send what is stored as intended; raises as `cancel` does."""
    try:
        seen = gateway.cancel(**row.key)
    except OutcomeUnknown:
        # It is looked up before anything else is done about it.
        raise
    except GatewayError as error:
        if isinstance(error, NOT_DONE):
            found = gateway.find(**row.key)
            if found is None or found.cancelled_at:
                outcomes.cancelled(row, found, origin)
                return row
        outcomes.not_cancelled(row, error, origin)
        raise _refusal(error) from error
    outcomes.cancelled(row, seen, origin)
    return row


def dismiss(receipt: CashReceipt, *, reason: str, by: By = "", source: str = "code") -> CashReceipt:
    """Take one that was not issued, or that was to be issued anew, off the list of what needs somebody.

    `reason`, `source` (a word) and `by` (a user object, or a key) go into the history. Raises `CashReceiptOpen`
    where the gateway may know it as valid.
    """
    row = CashReceipt.objects.get(pk=receipt.pk)
    if row.is_open:
        raise CashReceiptOpen(f"{row.merchant_uid} has a cash receipt, or it isn't known yet.")
    if row.code or row.is_renewal_wanted:
        outcomes.dismissed(row, reason=reason, origin=Origin(source, hand_of(by)))
    return row


def look_up(transaction: AbstractTransaction, *, source: str = "code") -> CashReceipt | None:
    """Ask the gateway for a payment's valid receipt, and store what it shows; None where it has none.

    Finds the one, too, that the customer asked for in the payment window. Raises `GatewayError`, `InTransaction`.
    """
    using = write_database(transaction)
    locks.require_no_transaction(using)
    origin = Origin(source)
    row = CashReceipt.objects.of(transaction).open().first()
    if row is not None:
        sync(row, source=source)
        return row if row.is_open else None
    if not transaction.imp_uid or not conf.owns(transaction.gateway_merchant_uid):
        return None
    found = gateway.find(imp_uid=transaction.imp_uid, merchant_uid="")
    if found is None or found.cancelled_at or not found.amount:
        return None

    def intend() -> CashReceipt:
        with locks.locked_attempt(transaction, using) as stored:
            _require_none_open(stored.merchant_uid)
            return _intend(
                origin,
                kind="payment",
                merchant_uid=stored.merchant_uid,
                imp_uid=stored.imp_uid or "",
                open_key=stored.merchant_uid,
                type=found.type or rules.PERSON,
                amount=found.amount,
                due_at=timezone.now() if found.amount != stored.held_amount else None,
            )

    row = locks.retrying(intend)
    outcomes.taken_in(row, found, origin)
    return row


def sync(receipt: CashReceipt, *, source: str = "code") -> None:
    """Ask the gateway about a receipt, store what it shows, and refresh this object.

    Raises `GatewayError` where it could not be asked, `InTransaction`.
    """
    locks.require_no_transaction(outcomes.database())
    receipt.refresh_from_db()
    if not receipt.is_open or not conf.owns(receipt.merchant_uid):
        return
    found, origin = gateway.find(**receipt.key), Origin(source)
    if receipt.status in (ReceiptStatus.SENT, ReceiptStatus.UNKNOWN):
        _learn(receipt, found, origin)
    elif found is not None and found.cancelled_at:
        outcomes.cancelled(receipt, found, origin)
    elif receipt.status == ReceiptStatus.CANCELLING:
        if found is None:
            outcomes.cancelled(receipt, None, origin)
    elif found is not None and found.amount not in (None, receipt.amount):
        outcomes.issued(receipt, found, origin)


def _learn(row: CashReceipt, found: gateway.SeenReceipt | None, origin: Origin) -> None:
    """Whether it was issued: where it shows as cancelled, it may have been, and may be an earlier one, too."""
    if found is not None and not found.cancelled_at:
        outcomes.issued(row, found, origin)
    elif not outcomes.is_believed(row):
        return
    elif found is None or outcomes.is_earlier(found, row):
        outcomes.refused(row, None, origin)
    else:
        outcomes.cancelled(row, found, origin)


@sensitive_variables()
def _issue(row: CashReceipt, origin: Origin, call: Callable[[], gateway.SeenReceipt]) -> CashReceipt:
    try:
        seen = call()
    except OutcomeUnknown:
        outcomes.unknown(row, origin)
        raise
    except GatewayError as error:
        if isinstance(error, NOT_DONE):
            _take_in_another(row, origin)
        outcomes.refused(row, error, origin)
        raise _refusal(error) from error
    outcomes.issued(row, seen, origin)
    return row


def _take_in_another(row: CashReceipt, origin: Origin) -> None:
    """The payment company refuses where it issued one already, as in its window: raises `CashReceiptOpen` then."""
    try:
        found = gateway.find(**row.key)
    except GatewayError:
        return
    if found is not None and not found.cancelled_at:
        outcomes.taken_in(row, found, origin)
        raise CashReceiptOpen(f"{row.merchant_uid} has a cash receipt.")


def _refusal(error: IamportError) -> IamportError:
    if not isinstance(error, NOT_DONE):
        return error
    return CashReceiptRefused(str(error), gateway_message=getattr(error, "gateway_message", ""))


def _intend(origin: Origin, **columns: Any) -> CashReceipt:
    """The intent, within the caller's transaction."""
    row = CashReceipt.objects.create(by=origin.by, **columns)
    note(
        row.merchant_uid,
        "cash_receipt_sent",
        origin=origin,
        using=outcomes.database(),
        imp_uid=row.imp_uid,
        amount=row.amount,
        currency="KRW",
    )
    return row


def _require_none_open(merchant_uid: str) -> None:
    if CashReceipt.objects.open().filter(merchant_uid=merchant_uid).exists():
        raise CashReceiptOpen(f"{merchant_uid} has a cash receipt.")
