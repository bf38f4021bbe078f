"""Each change of a subscription: under its lock, with its history and its signal. None of them asks the gateway.

Who holds an order's lock may take its subscription's, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model

from django_iamport.exceptions import RejectPayment
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.ledger import shop_code
from django_iamport.records import history, locks
from django_iamport.records.history import Origin
from django_iamport.records.rows import rows
from django_iamport.records.write_database import write_database

from .. import rules, signals
from ..records import RenewalRecord, SubscriptionRecord
from ..rules import RenewalStatus, SubscriptionStatus

Result = TypeVar("Result")

CLOCK = Origin("renew")

# Whoever could use it until a payment is declined may go on until the grace is over.
GRACED = (SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)

# What could not be learned is asked again after this long.
ASK_AGAIN = timedelta(minutes=10)


@contextmanager
def locked(subscription: SubscriptionRecord) -> Iterator[SubscriptionRecord]:
    """Open a transaction and lock the subscription; yields its row as it is stored now."""
    with locks.locked_row(type(subscription), subscription.pk, write_database(subscription)) as row:
        yield row


def run(subscription: SubscriptionRecord, step: Callable[[], Result]) -> Result:
    """Run a step that opens its own transaction; a shop's receiver or hook that fails is `ReceiverFailed`."""
    using = write_database(subscription)

    def repeated() -> Result:
        return locks.retrying(step, unless_within=using)

    return shop_code.typed(subscription.subscription_uid, repeated)


def renewal_model(subscription: type[SubscriptionRecord]) -> type[RenewalRecord]:
    """The model of a subscription's periods: the one whose `subscription` is named `renewals`."""
    name: Any = "renewals"
    model: Any = subscription._meta.get_field(name).related_model
    found: type[RenewalRecord] = model
    return found


def open_renewal(subscription: SubscriptionRecord) -> RenewalRecord | None:
    """The period that waits for its payment; there is at most one."""
    periods: Any = rows(renewal_model(type(subscription)), write_database(subscription))
    found: RenewalRecord | None = (
        periods.filter(subscription=subscription, status=RenewalStatus.OPEN.value)
        .select_related("order")
        .first()
    )
    return found


def _last_renewal(subscription: SubscriptionRecord) -> RenewalRecord | None:
    periods: Any = rows(renewal_model(type(subscription)), write_database(subscription))
    found: RenewalRecord | None = periods.filter(subscription=subscription).order_by("-number").first()
    return found


def store(row: SubscriptionRecord, event: str, origin: Origin, now: datetime, **facts: Any) -> None:
    """Write the row with its next step, and a line of its history."""
    row.next_at = next_step(row, open_renewal(row), now)
    row.save(using=write_database(row))
    facts["status_after"] = row.status
    history.note(row.subscription_uid, event, origin=origin, using=write_database(row), **facts)


def next_step(row: SubscriptionRecord, renewal: RenewalRecord | None, now: datetime) -> datetime | None:
    """When the clock has something to do for it."""
    if row.status in (SubscriptionStatus.NEW, SubscriptionStatus.ENDED):
        return None
    if renewal is not None:
        if renewal.is_trying:
            return now + ASK_AGAIN
        if row.started_at is not None and is_left_to_customer(row, renewal):
            return row.dunning.ends_at(row.started_at)
        if renewal.first_declined_at is None or renewal.tried_at is None:
            return now
        return row.dunning.next_move(renewal.first_declined_at, renewal.tried_at)
    if row.ends_at_period_end:
        return as_stored(rules.moment_of(row.start_of(row.next_number)))
    if row.status == SubscriptionStatus.PAUSED:
        if row.paused_until is None:
            return None
        return as_stored(rules.moment_of(row.paused_until, row.renewal_time))
    return row.due_at(row.next_number)


def is_left_to_customer(row: SubscriptionRecord, renewal: RenewalRecord) -> bool:
    """Whether a first payment is the customer's to make: no card was chosen for it, and none asked to pay."""
    is_untried = row.status == SubscriptionStatus.INCOMPLETE and renewal.tried_at is None
    return is_untried and row.billing_key_id is None and renewal.amount != 0


# Periods.


def open_next(row: SubscriptionRecord, now: datetime, origin: Origin) -> RenewalRecord:
    """Under the lock: the next period begins, with the order that the shop's hook makes of it."""
    apply_upcoming(row, origin)
    renewal = _new_renewal(row)
    order = row.make_order(renewal)  # type: ignore[attr-defined]
    if order.pk is None:
        order.save(using=write_database(row))
    renewal.order = order
    # The hook may ask less, for a short period say: whoever looks at the period sees what is charged.
    renewal.amount, renewal.currency = order.get_payment_amount(), order.get_payment_currency()
    renewal.save(using=write_database(row))
    row.next_number += 1
    store(row, "period_began", origin, now, amount=renewal.amount, currency=renewal.currency)
    return renewal


def skip_next(row: SubscriptionRecord, now: datetime, origin: Origin) -> RenewalRecord:
    """Under the lock: the next period is over already, and the plan says not to charge for it."""
    apply_upcoming(row, origin)
    renewal = _new_renewal(row)
    renewal.status, renewal.reason = RenewalStatus.SKIPPED.value, rules.MISSED
    renewal.settled_at = now
    renewal.save(using=write_database(row))
    row.next_number += 1
    store(row, "period_skipped", origin, now, reason=rules.MISSED)
    _send(signals.renewal_skipped, row, renewal=renewal, reason=rules.MISSED)
    return renewal


def _new_renewal(row: SubscriptionRecord) -> RenewalRecord:
    model: Any = renewal_model(type(row))
    renewal: RenewalRecord = model(
        subscription=row,
        number=row.next_number,
        period_start=row.start_of(row.next_number),
        period_end=row.start_of(row.next_number + 1),
        amount=row.amount,
        currency=row.currency,
    )
    return renewal


def apply_upcoming(row: SubscriptionRecord, origin: Origin) -> None:
    """Under the lock: what `change_plan` stored holds from the next period on."""
    if not row.upcoming:
        return
    before, wanted = row.as_plan(), row.upcoming
    series, number = row.next_series
    row.anchor, row.anchor_number, row.anchor_day = series.anchor, row.next_number - number, series.anchor_day
    row.name, row.unit, row.every = wanted["name"], wanted["unit"], wanted["every"]
    row.amount = row._meta.get_field("amount").to_python(wanted["amount"])
    row.upcoming = {}
    row.save(using=write_database(row))
    using = write_database(row)
    history.note(row.subscription_uid, "plan_changed", origin=origin, using=using, amount=row.amount)
    _send(signals.subscription_plan_changed, row, before=before)


# Payments.


def begin_try(
    subscription: SubscriptionRecord, now: datetime, count_failed: Callable[[RenewalRecord], int]
) -> tuple[RenewalRecord | None, bool]:
    """Store that the open period is being charged; answers it, and whether a charge was begun before.

    `count_failed` says how many attempts to pay its order have failed so far.
    """

    def begin() -> tuple[RenewalRecord | None, bool]:
        with locked(subscription) as row:
            renewal = open_renewal(row)
            if renewal is None:
                return None, False
            was_trying = renewal.is_trying
            if not was_trying:
                renewal.is_trying, renewal.tried_at = True, now
                renewal.failed_before = count_failed(renewal)
                written = ["is_trying", "tried_at", "failed_before"]
                renewal.save(using=write_database(row), update_fields=written)
            return renewal, was_trying

    return run(subscription, begin)


def put_off(subscription: SubscriptionRecord, now: datetime, reason: str) -> None:
    """What became of a charge is not known: it is asked about again a little later."""

    def store_it() -> None:
        with locked(subscription) as row:
            if open_renewal(row) is not None:
                # Where news settled it meanwhile, the next step is another one.
                row.next_at = now + ASK_AGAIN
            row.save(using=write_database(row))
            history.note_error(row.subscription_uid, reason, origin=CLOCK, using=write_database(row))

    run(subscription, store_it)


def left_alone(subscription: SubscriptionRecord, renewal: RenewalRecord, now: datetime) -> None:
    """Nothing was charged this time: the next move is the policy's."""

    def store_it() -> None:
        with locked(subscription) as row:
            current = open_renewal(row)
            if current is None or current.pk != renewal.pk:
                return
            current.is_trying = False
            current.save(using=write_database(row), update_fields=["is_trying"])
            row.next_at = next_step(row, current, now) if current.first_declined_at else now + ASK_AGAIN
            row.save(using=write_database(row))

    run(subscription, store_it)


def declined(
    subscription: SubscriptionRecord, renewal: RenewalRecord, reason: str, now: datetime, origin: Origin
) -> None:
    """The card was declined: the subscription is behind, and the next move is the policy's."""

    def store_it() -> None:
        with locked(subscription) as row:
            current = open_renewal(row)
            if current is None or current.pk != renewal.pk or not current.is_trying:
                # Somebody else has stored what became of this charge.
                return
            is_first = current.first_declined_at is None
            current.first_declined_at = current.first_declined_at or now
            current.declines, current.is_trying, current.reason = current.declines + 1, False, reason[:200]
            current.tried_at = current.tried_at or now
            current.save(using=write_database(row))
            is_used = row.status in GRACED
            row.status = (SubscriptionStatus.PAST_DUE if is_used else SubscriptionStatus.INCOMPLETE).value
            row.reason = reason[:200]
            store(row, "renewal_declined", origin, now, reason=reason)
            told = {
                "renewal": current,
                "order": current.order,
                "reason": reason,
                "next_try": row.dunning.next_try(current.first_declined_at, current.tried_at),
                "ends_at": row.dunning.ends_at(current.first_declined_at),
            }
            if is_first:
                _send(signals.subscription_past_due, row, **told)
            _send(signals.renewal_declined, row, **told)

    run(subscription, store_it)


def paid(renewal: RenewalRecord, order: Model, transaction: Any, now: datetime, origin: Origin) -> None:
    """Within the step that stores a payment, under the order's lock: its period is paid.

    Raises `RejectPayment` where the period no longer wants to be paid: the money goes back.
    """
    with locked(renewal.subscription) as row:
        using = write_database(row)
        periods: Any = rows(type(renewal), using)
        current: RenewalRecord = periods.get(pk=renewal.pk)
        if current.status == RenewalStatus.PAID:
            return
        if current.status != RenewalStatus.OPEN or row.status == SubscriptionStatus.ENDED:
            raise RejectPayment(rules.PERIOD_OVER)
        current.status, current.reason = RenewalStatus.PAID.value, ""
        current.is_trying, current.settled_at = False, now
        if transaction is not None:
            # The order may have been changed since.
            current.amount, current.currency = transaction.paid_amount, transaction.paid_currency
        current.save(using=using)
        was_behind = row.is_behind
        row.period_start, row.period_end = current.period_start, current.period_end
        if row.status != SubscriptionStatus.PAUSED:
            row.status, row.reason = SubscriptionStatus.ACTIVE.value, ""
        facts = {"amount": current.amount, "currency": current.currency}
        store(row, "renewed", origin, now, **facts)
        told = {"renewal": current, "order": order, "transaction": transaction, "was_behind": was_behind}
        _send(signals.subscription_renewed, row, **told)


def settled_unpaid(
    subscription: SubscriptionRecord,
    renewal: RenewalRecord,
    reason: str,
    now: datetime,
    origin: Origin,
) -> None:
    """The order takes no payment (any more): its period is skipped, and the subscription goes on."""

    def store_it() -> None:
        with locked(subscription) as row:
            current = open_renewal(row)
            if current is None or current.pk != renewal.pk:
                return
            if row.status == SubscriptionStatus.INCOMPLETE:
                # Nothing is paid that would go on.
                end(row, reason, now, origin)
                return
            _settle(current, RenewalStatus.SKIPPED, reason, now)
            if row.is_behind:
                row.status, row.reason = SubscriptionStatus.ACTIVE.value, ""
            store(row, "period_skipped", origin, now, reason=reason)
            _send(signals.renewal_skipped, row, renewal=current, reason=reason)

    run(subscription, store_it)


def given_up(subscription: SubscriptionRecord, renewal: RenewalRecord, now: datetime, origin: Origin) -> None:
    """Nobody paid within the policy's grace, and the order was given up: the subscription ends, or pauses."""

    def store_it() -> None:
        with locked(subscription) as row:
            current = open_renewal(row)
            if current is None or current.pk != renewal.pk:
                return
            _settle(current, RenewalStatus.UNPAID, current.reason, now)
            if row.dunning.then == "pause":
                row.status, row.reason = SubscriptionStatus.PAUSED.value, rules.UNPAID
                row.paused_until = None
                store(row, "subscription_paused", origin, now, reason=rules.UNPAID)
                _send(signals.subscription_paused, row, reason=rules.UNPAID)
            else:
                end(row, rules.UNPAID, now, origin)

    run(subscription, store_it)


def _settle(renewal: RenewalRecord, status: RenewalStatus, reason: str, now: datetime) -> None:
    renewal.status, renewal.reason, renewal.settled_at = status.value, reason[:200], now
    renewal.is_trying = False
    renewal.save(using=write_database(renewal))


def end(row: SubscriptionRecord, reason: str, now: datetime, origin: Origin) -> None:
    """Under the lock: it is over, and a period that was still to be paid is not paid any more."""
    current = open_renewal(row)
    if current is not None:
        _settle(current, RenewalStatus.UNPAID, reason, now)
    row.status, row.reason, row.ended_at = SubscriptionStatus.ENDED.value, reason[:200], now
    row.ends_at_period_end, row.paused_until, row.upcoming = False, None, {}
    store(row, "subscription_ended", origin, now, reason=reason)
    _send(signals.subscription_ended, row, reason=reason)


def resume(row: SubscriptionRecord, now: datetime, origin: Origin) -> None:
    """Under the lock: it goes on. Where the next period should have begun already, or nobody paid for the last
    one, the next one begins today, or on the plan's anchor day: nobody pays for a whole period and gets a part.
    """
    today = rules.korean_day(aware(now))
    last = _last_renewal(row)
    is_unpaid = last is not None and last.status == RenewalStatus.UNPAID
    if is_unpaid or row.start_of(row.next_number) <= today:
        row.anchor, row.anchor_number = today, row.next_number
        if last is not None and last.period_start >= today:
            row.anchor = last.period_start + timedelta(days=1)
        if row.waits_for_anchor_day:
            row.anchor = row.schedule.first_whole()
    is_on_trial = row.trial_end is not None and row.trial_end > today
    begun = SubscriptionStatus.TRIALING if is_on_trial else SubscriptionStatus.ACTIVE
    # Where nothing is paid for any more, it entitles to nothing before its next payment.
    row.status = (begun if row.is_paid_for(today) else SubscriptionStatus.SCHEDULED).value
    row.reason, row.paused_until = "", None
    store(row, "subscription_resumed", origin, now)
    _send(signals.subscription_resumed, row)


def forget(subscription: SubscriptionRecord, origin: Origin) -> None:
    """Blank whose one that has ended was, and what people wrote."""

    def store_it() -> None:
        with locked(subscription) as row:
            using = write_database(row)
            row.user = row.billing_key_id = None
            row.reason = rules.ERASED
            row.save(using=using)
            periods: Any = rows(renewal_model(type(row)), using)
            periods.filter(subscription=row).exclude(reason="").update(reason=rules.ERASED)
            history.History.objects.using(using).of(row.subscription_uid).erase(reason="")
            history.note(row.subscription_uid, "erased", origin=origin, using=using, status_after=row.status)

    run(subscription, store_it)


def _send(signal: Any, row: SubscriptionRecord, **arguments: Any) -> None:
    signal.send(sender=type(row), subscription=row, **arguments)
