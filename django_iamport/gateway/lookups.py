"""Asking the gateway about an attempt: what it shows, what it hides, and which payment counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django_iamport import conf
from django_iamport.exceptions import NotFound, PaymentUnknown
from django_iamport.gateway import connection
from django_iamport.gateway.connection import Evidence
from django_iamport.rules import verification

if TYPE_CHECKING:
    from django_iamport.models.transaction import AbstractTransaction


SETTLED = ("paid", "rejected", "cancelled")


def look_up(imp_uid: str, attempt: AbstractTransaction | None) -> Evidence:
    """One payment; raises `PaymentUnknown` where the gateway doesn't know it (yet)."""
    try:
        return connection.look_up(imp_uid)
    except NotFound as error:
        return _hidden_test_payment(imp_uid, attempt, error)


def _hidden_test_payment(imp_uid: str, attempt: AbstractTransaction | None, error: NotFound) -> Evidence:
    """The gateway answers 404 for payments of test channels; among all of an attempt they are shown."""
    if attempt is not None:
        for evidence in connection.look_up_all(attempt.gateway_merchant_uid):
            if evidence.payment.imp_uid == imp_uid and evidence.payment.sandbox is True:
                return evidence
    raise PaymentUnknown(f"The gateway doesn't know {imp_uid} yet.") from error


def stored_or_counting(attempt: AbstractTransaction, found: list[Evidence]) -> Evidence | None:
    """What is told of an attempt without money: of a settled one its own payment, else the one that counts."""
    if attempt.status in SETTLED:
        return next((e for e in found if e.payment.imp_uid == attempt.imp_uid), None)
    counting = verification.counting((e.payment for e in found), test_mode=conf.test_mode())
    return next((e for e in found if e.payment is counting), None)


def first_then_again(evidence: Evidence) -> Callable[[], Evidence]:
    """This answer first; where it proves too old, the payment is looked up again."""
    answers = iter([evidence])
    return lambda: next(answers, None) or look_up(evidence.payment.imp_uid, None)


def live_and_early_first(evidence: Evidence) -> tuple[bool, float]:
    """The order in which payments that hold money are taken in."""
    payment = evidence.payment
    return payment.sandbox is True, payment.paid_at.timestamp() if payment.paid_at else 0.0
