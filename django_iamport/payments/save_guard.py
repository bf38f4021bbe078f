"""The second net under a posting: no save makes a transaction paid without a lookup that proves it."""

from __future__ import annotations

from typing import Any, NoReturn

from django_iamport import conf
from django_iamport.exceptions import EvidenceMissing, InTransaction, NotFound, TransactionKept
from django_iamport.gateway import lookups
from django_iamport.records import locks
from django_iamport.records.history import Origin
from django_iamport.records.transaction import BOOKKEEPING, GATEWAY_COLUMNS, TransactionRecord
from django_iamport.rules import verification
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.status import Status

from . import confirmation


def order_payment_validation(
    sender: type[TransactionRecord], instance: TransactionRecord, raw: bool = False, **kwargs: Any
) -> None:
    """`post_save` receiver of every transaction model: a row that became paid must stand on its evidence.

    Raises `EvidenceMissing`, which undoes the write. Fixtures (`raw`) pass: the database's constraint stays.
    """
    if raw or instance.status != Status.PAID or instance.was_paid():
        return
    evidence = instance.evidence
    if evidence is None or not _proves(evidence.payment, instance):
        raise EvidenceMissing(f"{instance.merchant_uid} can't become paid without a lookup that proves it.")


def _proves(payment: SeenPayment, transaction: TransactionRecord) -> bool:
    test_mode = conf.test_mode()
    verdict = verification.judge_payment(transaction.as_asked(), payment, test_mode=test_mode)
    return _may_be_paid(verdict, transaction) and verification.proves(
        payment,
        merchant_uid=transaction.gateway_merchant_uid,
        imp_uid=transaction.imp_uid,
        test_mode=test_mode,
    )


def _may_be_paid(verdict: verification.Reason | None, transaction: TransactionRecord) -> bool:
    if transaction.loaded("status") == Status.REJECTED:
        # Accepted by hand, whatever the rules had against the sum; but only what is money.
        return verdict is None or verdict.value not in verification.HOLDS_NOTHING
    return verdict in (None, verification.Reason.DISCOUNT)


def confirm_assigned(transaction: TransactionRecord, using: str) -> None:
    """Take `transaction.status = "paid"; transaction.save()` for the question that it is.

    Looks the payment up, posts the answer and refreshes the gateway's columns.
    Raises `EvidenceMissing` where the transaction isn't paid afterwards.
    """
    _outside_transaction(using)
    stored = confirmation.confirm(
        type(transaction),
        using,
        Origin("save"),
        merchant_uid=transaction.gateway_merchant_uid,
        imp_uid=transaction.imp_uid,
    )
    if stored.pk != transaction.pk or stored.status != Status.PAID:
        raise EvidenceMissing(f"The gateway holds no payment that proves {transaction.merchant_uid}.")
    transaction.refresh_from_db(fields=[*GATEWAY_COLUMNS, *BOOKKEEPING])


def prove_new(transaction: TransactionRecord, using: str) -> None:
    """Before a new row that claims to be paid is written: look it up, raise `EvidenceMissing` where it isn't."""
    _outside_transaction(using)
    if not transaction.imp_uid:
        raise EvidenceMissing("A paid transaction needs the imp_uid of its payment.")
    try:
        evidence = lookups.find(transaction.imp_uid)
    except NotFound as error:
        raise EvidenceMissing(f"The gateway doesn't know the payment {transaction.imp_uid}.") from error
    if not _proves(evidence.payment, transaction):
        raise EvidenceMissing(f"The gateway holds no payment that proves {transaction.merchant_uid}.")


def _outside_transaction(using: str) -> None:
    try:
        locks.require_no_transaction(using)
    except InTransaction as error:
        raise EvidenceMissing(
            "Nothing can be looked up inside a database transaction; call confirm() outside of it."
        ) from error


def keep_transaction(sender: type[TransactionRecord], instance: TransactionRecord, **kwargs: Any) -> NoReturn:
    """`pre_delete` receiver: money may still arrive under a prepared `merchant_uid`."""
    raise TransactionKept(f"{instance.merchant_uid} is kept: money may still arrive under it.")
