"""What a shop subclasses for subscriptions, and what it may do with them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django_iamport.gateway.moments import aware
from django_iamport.models import History, owners
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import HistoryQuerySet, Origin
from django_iamport.records.write_database import write_database

from .lifecycle import changes, steps
from .records import RenewalRecord, SubscriptionRecord
from .rules import CANCELLED, Unit, korean_day

__all__ = ["AbstractRenewal", "AbstractSubscription"]


class AbstractRenewal(RenewalRecord):
    """One period of a subscription and its order.

    The shop declares `subscription = ForeignKey(Subscription, on_delete=PROTECT, related_name="renewals")`,
    `order = ForeignKey(Order, on_delete=PROTECT, null=True, related_name="+")` and
    `class Meta(AbstractRenewal.Meta)`, which keeps the constraints: no period has two orders.
    """

    class Meta(RenewalRecord.Meta):
        abstract = True


class AbstractSubscription(SubscriptionRecord):
    """A plan that a customer pays for period by period, with a saved card.

    The shop declares `billing_key = ForeignKey(BillingKey, on_delete=SET_NULL, null=True, blank=True,
    related_name="+")` and `class Meta(AbstractSubscription.Meta)`, and writes `make_order`. Every method answers
    when the change is stored, and raises `SubscriptionState` where it isn't possible as the subscription stands;
    `by` says whose hand it was, as everywhere.
    """

    class Meta(SubscriptionRecord.Meta):
        abstract = True

    def make_order(self, renewal: Any) -> Any:
        """The order of a period; called under the subscription's lock, in the transaction that stores the period.

        `renewal` has `number` (from 0), `period_start`, `period_end`, `amount` and `currency`. Answer an order
        that asks for what is to be paid; one of nothing settles itself. Write to the database only.
        """
        raise NotImplementedError(f"{type(self).__name__} must define make_order().")

    def get_billing_key(self) -> Any:
        """The card to charge; None where there is none. By default the one that was chosen for it, or, where none
        was, its owner's default card.
        """
        owner = owners.owner_of(self)
        if self.billing_key_id is not None or owner is None:
            return self.billing_key
        cards: Any = self._meta.get_field("billing_key").related_model
        return cards.objects.default(owner)

    @property
    def given_up_on(self) -> date | None:
        """The day in Korea on which somebody who is behind is given up."""
        renewal = steps.open_renewal(self) if self.is_behind else None
        since = renewal and (
            self.started_at if steps.is_left_to_customer(self, renewal) else renewal.first_declined_at
        )
        return korean_day(aware(self.dunning.ends_at(since))) if since else None

    @property
    def history(self) -> HistoryQuerySet:
        """What became of it, oldest first."""
        return History.objects.using(write_database(self)).of(self.subscription_uid)

    def start(self, *, first_payment_on: date | None = None, trial_days: int = 0, by: By = "") -> None:
        """Begin: today, after a trial, or on a later day in Korea.

        Where it begins today the first period's order is made, and waits: `pay()` charges the card, or the order
        is paid in the payment window as any order is. Raises `PlanInvalid`.
        """
        changes.start(self, first_payment_on, trial_days, _origin(by))

    def pay(self, *, by: By = "") -> bool:
        """Charge the card for the period that waits for its payment; answers whether it was paid.

        Not paid is also one whose order takes no payment any more: it is skipped. Where the card is declined, the
        reason is in `reason`, and the next try is the policy's. Raises `RenewalUnderWay` where another process is
        at it, and what `billing_key.charge` raises where nobody knows what became of it, or nobody could ask:
        `iamport_renew` looks it up.
        """
        return changes.pay(self, _origin(by))

    def pause(self, *, until: date | None = None, by: By = "") -> None:
        """No further period begins until it is resumed, by itself on the day `until`.

        Raises `RenewalUnderWay` where a period waits for its payment, `PlanInvalid` for a day that has come,
        `SubscriptionState` where it ends with its period (`keep()` takes that back).
        """
        changes.pause(self, until, _origin(by))

    def resume(self, *, by: By = "") -> None:
        """Go on: when the next period's day comes, or, where that has gone by, with a period that begins today.

        With an `anchor_day` it begins on that day, unless `waits_for_anchor_day` is False. Raises
        `SubscriptionState` where it ends with its period (`keep()` takes that back).
        """
        changes.resume(self, _origin(by))

    def cancel(self, *, at_period_end: bool = True, reason: str = CANCELLED, by: By = "") -> None:
        """End it with the paid period (or trial), or at once.

        A period whose day has come is not charged any more. Whoever is behind, or paused with nothing paid for
        that is left, is let go at once. The order of a period that waits for its payment is given up first, and
        nothing that was paid is refunded. Raises what `TransactionManager.give_up` raises.
        """
        changes.cancel(self, reason, _origin(by), at_period_end=at_period_end)

    def keep(self, *, by: By = "") -> None:
        """Take back a `cancel()` whose day has not come."""
        changes.keep(self, _origin(by))

    def change_plan(
        self,
        *,
        amount: int | Decimal | None = None,
        name: str | None = None,
        unit: Unit | str | None = None,
        every: int | None = None,
        by: By = "",
    ) -> None:
        """Another amount, name or period, from the next period on; what is None stays. Raises `PlanInvalid`."""
        wanted = {"amount": amount, "name": name, "unit": unit, "every": every}
        changes.change_plan(self, {n: v for n, v in wanted.items() if v is not None}, _origin(by))

    def change_card(self, billing_key: Any, *, by: By = "") -> None:
        """Charge another card of the same customer from now on; whoever is behind is tried again at once.

        Raises `CardMissing` for a card that can't be charged, or of somebody else.
        """
        changes.change_card(self, billing_key, _origin(by))


def _origin(by: By) -> Origin:
    hand = hand_of(by)
    role = hand.partition(":")[0]
    return Origin({"customer": "browser", "operator": "admin"}.get(role, "code"), hand)
