"""What may be refunded, asked by hand or by a shop's code: a sum, by whom, under which one-time key."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from django_iamport import conf, signals
from django_iamport.exceptions import (
    IamportError,
    NotRefundable,
    OutcomeUnknown,
    RefundAccountMissing,
    RefundAmountInvalid,
    RefundKeyUsed,
    RefundNeedsOperator,
    RefundNotKnown,
    RefundOpen,
    RefundRefused,
    RefundRestChanged,
    RefundTooHigh,
)
from django_iamport.ledger.shop_code import ShopCode, typed
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.refund import Refund
from django_iamport.records.rows import require_attempt
from django_iamport.records.transaction import TransactionRecord
from django_iamport.records.write_database import write_database
from django_iamport.rules.money import is_payable
from django_iamport.rules.status import RefundStatus, Status

from . import account_links, execution
from .accounts import RefundAccount
from .conditions import needs_account, require_refundable_now
from .intent import Allowed, NewIntent, put_account

Sum = int | Decimal
REASON_LENGTH = 200


def cancel(
    row: TransactionRecord,
    using: str,
    *,
    amount: Sum | None,
    reason: str,
    tax_free: Sum | None,
    refund_account: RefundAccount | None,
    by: str,
    checksum: Sum | None,
    refund_key: str | None,
) -> Refund:
    """`AbstractTransaction.cancel`: look up what may be refunded, then have it carried out."""
    locks.require_no_transaction(using)
    if not conf.owns(row.gateway_merchant_uid):
        raise NotRefundable(f"{row.merchant_uid} is not a payment of this shop.")
    stored = require_attempt(type(row), row.merchant_uid, using)

    def find_earlier() -> Refund | None:
        return _asked_before(stored, refund_key, amount, using)

    def allowed_of(now: TransactionRecord) -> Allowed:
        return _allowed(now, amount, tax_free, checksum, refund_account)

    earlier = find_earlier()
    if earlier is not None:
        return _done(earlier)
    try:
        allowed = allowed_of(stored)
    except IamportError:
        # What is in the way may be the same form, sent a moment ago.
        earlier = find_earlier()
        if earlier is not None:
            return _done(earlier)
        raise
    asked = Refund(
        kind="refund",
        merchant_uid=stored.merchant_uid,
        imp_uid=stored.imp_uid or "",
        currency=stored.paid_currency,
        reason=reason[:REASON_LENGTH],
        by=by,
        refund_key=refund_key or None,
    )
    if refund_account is not None:
        asked.account_given_by, asked.account_given_at = by, timezone.now()
    allowed.put_into(asked)
    return _done(execution.execute_new(stored, NewIntent(asked, using, allowed_of, find_earlier)))


def _asked_before(
    row: TransactionRecord, refund_key: str | None, amount: Sum | None, using: str
) -> Refund | None:
    """The refund that the same form asked for already; raises `RefundKeyUsed` where it was another one."""
    if not refund_key:
        return None
    found = Refund.objects.using(using).filter(refund_key=refund_key).first()
    if found is None:
        return None
    if found.merchant_uid != row.merchant_uid or amount not in (None, found.amount):
        raise RefundKeyUsed(f"{row.merchant_uid}: the one-time key was used for another refund.")
    return found


def _allowed(
    row: TransactionRecord,
    amount: Sum | None,
    tax_free: Sum | None,
    checksum: Sum | None,
    refund_account: RefundAccount | None,
) -> Allowed:
    """What may be asked for, of a freshly read row under the lock; raises why nothing may."""
    rest = row.held_amount
    if not row.is_refundable:
        raise NotRefundable(f"{row.merchant_uid} is {row.status}, {rest} is left.")
    if checksum is not None and _sum_of(checksum) != rest:
        raise RefundRestChanged(f"{rest} is left of {row.merchant_uid}.")
    wanted = rest if amount is None else _sum_of(amount)
    if not is_payable(wanted, row.paid_currency):
        raise RefundAmountInvalid(f"{wanted} {row.paid_currency} can't be refunded.")
    if wanted > rest:
        raise RefundTooHigh(f"{rest} is left of {row.merchant_uid}.")
    free = None if tax_free is None else _sum_of(tax_free)
    if free is not None and not 0 <= free <= wanted:
        raise RefundAmountInvalid("The tax-free part is more than the refund, or below 0.")
    if Refund.objects.using(write_database(row)).filter(open_key=row.merchant_uid).exists():
        raise RefundOpen(f"A refund of {row.merchant_uid} is under way.")
    require_refundable_now(row.pay_method, row.pg_provider, row.paid_at)
    account = refund_account.cleaned(row.pg_provider) if refund_account else None
    if account is None and needs_account(row.pay_method, row.pg_provider, row.paid_at):
        raise RefundAccountMissing(f"{row.merchant_uid} was paid by a deposit.")
    return Allowed(wanted, rest, free, account)


def _sum_of(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise RefundAmountInvalid(f"An amount is an int or a Decimal, not {type(value).__name__}.")
    amount = Decimal(value)
    if not amount.is_finite():
        raise RefundAmountInvalid("An amount is a finite number.")
    return amount


def retry(
    row: TransactionRecord,
    using: str,
    *,
    refund_account: RefundAccount | None,
    by: str,
    link: str | None = None,
) -> Refund:
    """`AbstractTransaction.retry_refund`: what an account is given for is stored before anybody is asked."""
    locks.require_no_transaction(using)
    account = refund_account.cleaned(row.pg_provider) if refund_account else None

    def store() -> Refund:
        with locks.locked_attempt(row, using) as stored:
            found = stored.refunds.filter(kind="refund", status=RefundStatus.NEEDS_OPERATOR)
            refund: Refund | None = found.select_for_update().last()
            if refund is None or stored.status != Status.REJECTED:
                raise RefundNotKnown(f"No refund request for {row.merchant_uid} is waiting.")
            if link is not None and not account_links.opens(link, refund):
                raise RefundNotKnown(
                    f"The address for an account of {row.merchant_uid} has been used or has expired."
                )
            if account is not None:
                _take_account(stored, refund, account, by, using, is_by_link=link is not None)
            refund.by, refund.retry_at = by or refund.by, timezone.now()
            refund.save(using=using)
            return refund

    refund = typed(row.merchant_uid, lambda: locks.retrying(store))
    execution.execute(type(row), refund)
    refund.refresh_from_db(using=using)
    return _done(refund)


def _take_account(
    row: TransactionRecord, refund: Refund, account: RefundAccount, by: str, using: str, *, is_by_link: bool
) -> None:
    """Set the account on the refund that is about to be saved; who gave it is told and noted."""
    put_account(refund, account)
    refund.account_given_by, refund.account_given_at = by, timezone.now()
    source = "link" if is_by_link else "browser" if by.partition(":")[0] == "customer" else "admin"
    note(
        row.merchant_uid,
        "refund_account_given",
        origin=Origin(source, by),
        using=using,
        imp_uid=refund.imp_uid,
        amount=refund.amount,
        currency=refund.currency,
    )
    told = {"transaction": row, "order": row.order, "refund": refund, "by": by}
    shop_code = ShopCode(row.merchant_uid, using)
    shop_code.call(signals.refund_account_given.send, sender=type(row), **told)


def _done(refund: Refund) -> Refund:
    """The refund, where it is done; who asked can't overlook that it isn't, or that nobody knows yet."""
    if refund.status == RefundStatus.DONE:
        return refund
    if refund.is_open:
        raise OutcomeUnknown(
            "The refund is under way and its outcome not known yet",
            merchant_uid=refund.merchant_uid,
            imp_uid=refund.imp_uid,
        )
    error = RefundNeedsOperator if refund.status == RefundStatus.NEEDS_OPERATOR else RefundRefused
    raise error(
        f"{refund.merchant_uid} was not refunded: {refund.code}.",
        refusal=refund.code,
        gateway_message=refund.gateway_message,
    )
