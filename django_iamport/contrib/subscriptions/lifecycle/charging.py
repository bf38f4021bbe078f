"""Charging the open period of a subscription, and giving it up: what is asked of the gateway, and stored of it.

Intent before the call, outcome after it; what a process that died had begun is looked up before any charge.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from django_iamport import conf
from django_iamport.contrib.billing.exceptions import (
    BillingKeyForeign,
    BillingKeyGone,
    BillingKeyNotIssued,
    ChargeDeclined,
)
from django_iamport.exceptions import AccountKept, IamportError, NotPayable, OrderClosed, OrderPaid
from django_iamport.ledger import shop_code
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import transaction_model_of
from django_iamport.payments import attempts
from django_iamport.payments.open_attempts import is_charge
from django_iamport.records import kinds, locks
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database
from django_iamport.rules.status import Status

from ..exceptions import CardMissing
from ..records import RenewalRecord, SubscriptionRecord
from ..rules import RenewalStatus
from . import steps

ACCOUNT_WAITS = "account_waits"


def charge(subscription: SubscriptionRecord, origin: Origin) -> str:
    """Charge the open period, once; the caller has the subscription claimed.

    Answers the period's status then: `paid`, or `open` where the card was declined, which is stored with its
    reason and its next try; `ACCOUNT_WAITS` where the clock charges nothing, because the customer chose to
    transfer the money. Raises what keeps anybody from knowing, or from asking: `ChargeUnknown`,
    `GatewayError`, `TooManyRequests`, `ReceiverFailed`, `Busy`; it is asked about again later.
    """
    locks.require_no_transaction(write_database(subscription))
    if not conf.owns(subscription.subscription_uid):
        raise BillingKeyForeign(f"{subscription.subscription_uid} has the prefix of another shop.")
    renewal, was_begun = steps.begin_try(subscription, timezone.now(), _count_refused)
    if renewal is None:
        return ""
    order = kinds.asked(renewal.order)
    try:
        if not (was_begun and _is_settled(subscription, renewal, order, origin)):
            if origin == steps.CLOCK and _awaits_deposit(order):
                steps.left_alone(subscription, renewal, timezone.now())
                return ACCOUNT_WAITS
            _charge(subscription, renewal, order, origin)
    except IamportError as error:
        steps.put_off(subscription, timezone.now(), error.code)
        raise
    return status_of(renewal)


def _charge(subscription: SubscriptionRecord, renewal: RenewalRecord, order: Any, origin: Origin) -> None:
    manager = TransactionManager.for_model(transaction_model_of(type(order)))
    try:
        if order.get_payment_amount() == 0:
            manager.settle_free(order)
            return
        _key_of(subscription).charge(order)
    except ChargeDeclined as error:
        steps.declined(subscription, renewal, error.reason or error.code, timezone.now(), origin)
    except (BillingKeyForeign, BillingKeyGone, BillingKeyNotIssued, CardMissing) as error:
        steps.declined(subscription, renewal, error.code, timezone.now(), origin)
    except (NotPayable, OrderClosed) as error:
        steps.settled_unpaid(subscription, renewal, error.code, timezone.now(), origin)
    except OrderPaid:
        # By something else than a saved card: the step that stored it has settled the period.
        if status_of(renewal) == RenewalStatus.OPEN:
            raise


def _awaits_deposit(order: Any) -> bool:
    known: Any = rows(transaction_model_of(type(order)), write_database(order))
    return any(row.takes_deposit for row in known.filter(order=order, status=Status.READY))


def _key_of(subscription: SubscriptionRecord) -> Any:
    """The card to charge; raises `CardMissing`."""
    key = shop_code.typed(
        subscription.subscription_uid,
        subscription.get_billing_key,  # type: ignore[attr-defined]
    )
    if key is None:
        raise CardMissing("The subscription has no card.")
    return key


def _is_settled(subscription: SubscriptionRecord, renewal: RenewalRecord, order: Any, origin: Origin) -> bool:
    """Whether a charge that was begun before has an outcome by now, which is stored with it."""
    model = transaction_model_of(type(order))
    using = TransactionManager.for_model(model).write_database()
    with suppress(AccountKept):
        attempts.settle_open(model, order, using, void_accounts=origin != steps.CLOCK)
    if status_of(renewal) != RenewalStatus.OPEN:
        return True
    refused = _refused(order)
    if len(refused) <= renewal.failed_before:
        return False
    reason = refused[-1].fail_reason or refused[-1].reject_reason
    steps.declined(subscription, renewal, reason, timezone.now(), origin)
    return True


def give_up(subscription: SubscriptionRecord, renewal: RenewalRecord, now: datetime, origin: Origin) -> None:
    """After the last day of grace: the order takes no payment any more, and the subscription ends or pauses.

    Raises as `TransactionManager.give_up` does; a payment that nobody had reported settles the period instead.
    """
    close_order(renewal)
    if status_of(renewal) == RenewalStatus.OPEN:
        steps.given_up(subscription, renewal, now, origin)


def close_order(renewal: RenewalRecord) -> bool:
    """Give up the order of a period that is not paid, asking the gateway first; answers whether it was."""
    order: Any = kinds.asked(renewal.order)
    model = transaction_model_of(type(order))
    using = TransactionManager.for_model(model).write_database()
    return attempts.give_up(model, order, using, void_accounts=True, by_keeper=True)


def status_of(renewal: RenewalRecord) -> str:
    periods: Any = rows(type(renewal), write_database(renewal))
    return str(periods.values_list("status", flat=True).get(pk=renewal.pk))


def _refused(order: Any) -> list[AbstractTransaction]:
    """Charges of saved cards that came to nothing: declined, or refused by the rules and refunded."""
    known = rows(transaction_model_of(type(order)), write_database(order)).filter(Q(order=order))
    settled = known.exclude(status__in=(Status.READY, Status.PAID))
    return [row for row in settled.order_by("created", "pk") if is_charge(row)]


def _count_refused(renewal: RenewalRecord) -> int:
    return len(_refused(renewal.order))
