"""What a customer, an operator or the shop's code asks of a subscription."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from django_iamport.exceptions import GatewayError
from django_iamport.gateway.moments import aware
from django_iamport.models import owners
from django_iamport.records import history
from django_iamport.records.history import Origin
from django_iamport.records.write_database import write_database
from django_iamport.rules.money import is_payable

from .. import rules, signals
from ..exceptions import CardMissing, PlanInvalid, RenewalUnderWay, SubscriptionState
from ..records import SubscriptionRecord
from ..rules import RenewalStatus, SubscriptionStatus, Unit
from . import charging, claims, steps


def start(
    subscription: SubscriptionRecord, first_payment_on: date | None, trial_days: int, origin: Origin
) -> None:
    """`AbstractSubscription.start`."""
    if trial_days < 0 or (trial_days and first_payment_on):
        raise PlanInvalid("A trial has a number of days, or the first payment a day.")
    require_plan(subscription)

    def begin() -> None:
        with steps.locked(subscription) as row:
            _require(row, {SubscriptionStatus.NEW})
            now = timezone.now()
            today = rules.korean_day(aware(now))
            row.trial_end = today + timedelta(days=trial_days) if trial_days else None
            first = row.trial_end or first_payment_on or today
            if first < today:
                raise PlanInvalid("The first payment can't lie in the past.")
            row.anchor, row.started_at = first, now
            begun = SubscriptionStatus.TRIALING if trial_days else SubscriptionStatus.SCHEDULED
            row.status = (begun if first > today else SubscriptionStatus.INCOMPLETE).value
            steps.store(row, "subscription_started", origin, now)
            signals.subscription_started.send(sender=type(row), subscription=row)
            if first == today:
                steps.open_next(row, now, origin)

    steps.run(subscription, begin)
    subscription.refresh_from_db()


def require_plan(subscription: SubscriptionRecord) -> None:
    """Raises `PlanInvalid`, saying why."""
    try:
        rules.require_plan(Unit(subscription.unit), subscription.every, subscription.anchor_day)
        amount = _as_amount(subscription, subscription.amount)
    except (ArithmeticError, ValidationError, ValueError) as error:
        raise PlanInvalid(str(error)) from error
    if amount != 0 and not is_payable(amount, subscription.currency):
        raise PlanInvalid(f"{amount} {subscription.currency} can't be charged.")


def _as_amount(subscription: SubscriptionRecord, amount: Any) -> Decimal:
    """With two decimals, as the column gives it back."""
    return Decimal(subscription._meta.get_field("amount").to_python(amount)).quantize(Decimal("0.01"))


def pay(subscription: SubscriptionRecord, origin: Origin) -> bool:
    """`AbstractSubscription.pay`."""
    with claims.claimed(subscription):
        outcome = charging.charge(subscription, origin)
    if outcome == "":
        raise SubscriptionState("No period waits for its payment.")
    subscription.refresh_from_db()
    return outcome == RenewalStatus.PAID


def pause(subscription: SubscriptionRecord, until: date | None, origin: Origin) -> None:
    """`AbstractSubscription.pause`."""

    def change(row: SubscriptionRecord) -> None:
        _require(row, rules.PAUSABLE)
        _require_no_open_period(row)
        if row.ends_at_period_end:
            raise SubscriptionState("It ends with its period: a pause would take that back.")
        now = timezone.now()
        if until is not None and until <= rules.korean_day(aware(now)):
            raise PlanInvalid("A pause ends on a later day.")
        row.status, row.paused_until, row.reason = SubscriptionStatus.PAUSED.value, until, ""
        steps.store(row, "subscription_paused", origin, now)
        signals.subscription_paused.send(sender=type(row), subscription=row, reason="")

    _change(subscription, change)


def resume(subscription: SubscriptionRecord, origin: Origin) -> None:
    """`AbstractSubscription.resume`."""

    def change(row: SubscriptionRecord) -> None:
        _require(row, {SubscriptionStatus.PAUSED})
        if row.ends_at_period_end:
            raise SubscriptionState("It ends with its period, and nothing goes on after it.")
        steps.resume(row, timezone.now(), origin)

    _change(subscription, change)


def cancel(subscription: SubscriptionRecord, reason: str, origin: Origin, *, at_period_end: bool) -> None:
    """`AbstractSubscription.cancel`."""
    renewal, is_closed = steps.open_renewal(subscription), False
    if renewal is not None:
        # A payment that nobody had reported settles the period; what comes later is refunded.
        try:
            is_closed = charging.close_order(renewal)
        except GatewayError:
            if not at_period_end or subscription.is_behind:
                raise

    def change(row: SubscriptionRecord) -> None:
        _require(row, {*SubscriptionStatus} - {SubscriptionStatus.ENDED})
        current = steps.open_renewal(row)
        if current is not None and (renewal is None or current.pk != renewal.pk):
            raise RenewalUnderWay("A period has begun in the meantime.")
        is_unpaid = is_closed and current is not None
        if at_period_end and row.has_time_left and not is_unpaid:
            row.ends_at_period_end = True
            _store_ending(row, origin)
            return
        steps.end(row, reason, timezone.now(), origin)

    _change(subscription, change)


def keep(subscription: SubscriptionRecord, origin: Origin) -> None:
    """`AbstractSubscription.keep`."""

    def change(row: SubscriptionRecord) -> None:
        if not row.ends_at_period_end:
            raise SubscriptionState("It was not to end.")
        row.ends_at_period_end = False
        _store_ending(row, origin)

    _change(subscription, change)


def _store_ending(row: SubscriptionRecord, origin: Origin) -> None:
    is_ending = row.ends_at_period_end
    steps.store(row, "subscription_ending" if is_ending else "subscription_kept", origin, timezone.now())
    signals.subscription_ending.send(sender=type(row), subscription=row, is_ending=is_ending)


def change_plan(subscription: SubscriptionRecord, wanted: dict[str, Any], origin: Origin) -> None:
    """`AbstractSubscription.change_plan`."""

    def change(row: SubscriptionRecord) -> None:
        _require(row, {*SubscriptionStatus} - {SubscriptionStatus.NEW, SubscriptionStatus.ENDED})
        wished = type(row)(**{**row.as_plan(), **row.upcoming, **wanted}, currency=row.currency)
        if wished.unit != row.unit:
            wished.anchor_day = None
        require_plan(wished)
        wished.unit = Unit(wished.unit).value
        wished.amount = _as_amount(row, wished.amount)
        row.upcoming = wished.as_plan() if wished.as_plan() != row.as_plan() else {}
        using = write_database(row)
        row.save(using=using)
        facts = {"amount": wished.amount, "currency": row.currency}
        history.note(row.subscription_uid, "plan_change_wanted", origin=origin, using=using, **facts)

    _change(subscription, change)


def change_card(subscription: SubscriptionRecord, billing_key: Any, origin: Origin) -> None:
    """`AbstractSubscription.change_card`."""

    def change(row: SubscriptionRecord) -> None:
        _require(row, {*SubscriptionStatus} - {SubscriptionStatus.ENDED})
        owner = owners.owner_of(row)
        if not billing_key.is_chargeable or owner is None or owners.owner_of(billing_key) != owner:
            raise CardMissing("No such card, or somebody else's.")
        row.billing_key = billing_key
        if row.status == SubscriptionStatus.NEW:
            row.save(using=write_database(row))
            return
        now = timezone.now()
        steps.store(row, "card_changed", origin, now)
        if row.is_behind:
            row.next_at = now
            row.save(using=write_database(row))
        signals.subscription_card_changed.send(sender=type(row), subscription=row, billing_key=billing_key)

    _change(subscription, change)


def _change(subscription: SubscriptionRecord, change: Callable[[SubscriptionRecord], None]) -> None:
    def step() -> None:
        with steps.locked(subscription) as row:
            change(row)

    steps.run(subscription, step)
    subscription.refresh_from_db()


def _require(row: SubscriptionRecord, allowed: Any) -> None:
    if row.status not in allowed:
        raise SubscriptionState(f"The subscription is {row.status}.")


def _require_no_open_period(row: SubscriptionRecord) -> None:
    if steps.open_renewal(row) is not None:
        raise RenewalUnderWay("A period waits for its payment.")
