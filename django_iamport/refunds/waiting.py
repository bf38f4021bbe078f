"""A refund that waits for an operator: he returned the money himself, or asks for another account."""

from __future__ import annotations

from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import RefundNotKnown
from django_iamport.gateway import lookups
from django_iamport.ledger.shop_code import typed
from django_iamport.records import locks
from django_iamport.records.history import Origin, note
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.refund import BY_TRANSFER, Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.rules.status import RefundStatus, Status

from . import account_links, execution
from .conditions import needs_account

# What the transfer answers.
ANSWERED = ("held", "refund_refused")


def close_as_transferred(row: TransactionRecord, using: str, *, reason: str, proof: str, by: str) -> Refund:
    """`AbstractTransaction.close_refund`: look up first, lest the money goes back twice."""
    locks.require_no_transaction(using)
    _waiting(row)
    evidence = lookups.find(row.imp_uid or "")
    execution.post_and_execute(type(row), evidence, Origin("admin", by), using)

    def close() -> Refund:
        with locks.locked_attempt(row, using) as stored:
            refund = _waiting(stored)
            _note(stored, refund, "refund_transferred", by, using, reason=f"{reason} · {proof}")
            refund.close(RefundStatus.DONE, BY_TRANSFER, proof=proof, by=by)
            calls = OperatorCall.objects.using(using)
            calls.close(row.merchant_uid, timezone.now(), reasons=ANSWERED, by=by, answer=reason)
            return refund

    return typed(row.merchant_uid, lambda: locks.retrying(close))


def ask_account_again(row: TransactionRecord, using: str, *, by: str) -> str:
    """`AbstractTransaction.ask_refund_account`: what was given is forgotten, and the address begins anew."""

    def ask() -> str:
        with locks.locked_attempt(row, using) as stored:
            refund = _waiting(stored)
            if not needs_account(stored.pay_method, stored.pg_provider, stored.paid_at):
                raise RefundNotKnown(f"The refund of {row.merchant_uid} needs no account.")
            refund.ask_account_again()
            _note(stored, refund, "refund_account_asked", by, using)
            return account_links.address(refund)

    return typed(row.merchant_uid, lambda: locks.retrying(ask))


def _waiting(row: TransactionRecord) -> Refund:
    found = row.refunds.filter(kind="refund", status=RefundStatus.NEEDS_OPERATOR).last()
    if found is None or row.status != Status.REJECTED or not conf.owns(row.gateway_merchant_uid):
        raise RefundNotKnown(f"No refund request for {row.merchant_uid} is waiting.")
    return found


def _note(
    row: TransactionRecord, refund: Refund, event: str, by: str, using: str, *, reason: str = ""
) -> None:
    note(
        row.merchant_uid,
        event,
        origin=Origin("admin", by),
        using=using,
        imp_uid=refund.imp_uid,
        amount=refund.amount,
        currency=refund.currency,
        reason=reason,
        status_before=row.status,
        status_after=row.status,
    )
