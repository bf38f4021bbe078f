"""A customer's subscriptions: the list, the page of one, and what he may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from django_iamport.exceptions import AttemptNotFound, IamportError, NotAuthenticated
from django_iamport.models import owners
from django_iamport.records.hands import customer
from django_iamport.records.rows import rows
from django_iamport.rules.status import Status
from django_iamport.signals.monitoring import log
from django_iamport.views.base import IamportView

from .models import AbstractSubscription
from .registry import find_subscription, subscription_models
from .rules import PAUSABLE, SubscriptionStatus

__all__ = ["SubscriptionChangeView", "SubscriptionView", "SubscriptionsView"]

# Periods that a page shows.
SHOWN = 36


class SubscriptionMixin(IamportView):
    """Whose subscriptions they are: the visitor's, who has signed in."""

    def get_owner(self) -> models.Model:
        """The visitor; raises `NotAuthenticated` for a guest."""
        user: Any = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise NotAuthenticated("Subscriptions belong to users who have signed in.")
        return user  # type: ignore[no-any-return]

    def get_subscription(self, uid: str) -> AbstractSubscription:
        """The visitor's subscription of that number; raises `AttemptNotFound` for nobody's and anybody else's."""
        owner, found = self.get_owner(), find_subscription(uid)
        if found is None or owners.owner_of(found) != owner or found.status == SubscriptionStatus.NEW:
            raise AttemptNotFound("No such subscription, or none of the visitor's.")
        return found

    def get_cards(self, subscription: AbstractSubscription) -> list[Any]:
        """The visitor's cards that may be charged."""
        model: Any = type(subscription)._meta.get_field("billing_key").related_model
        return list(model.objects.saved(self.get_owner()))

    def show(self, template_name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        response = TemplateResponse(self.request, template_name, {"view": self, **context}, status=status)
        response.headers["Cache-Control"] = "no-store"
        return response


class SubscriptionsView(SubscriptionMixin):
    """The list."""

    template_name = "django_iamport/subscriptions.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.show(self.template_name, {"subscriptions": self.get_subscriptions()})
        except NotAuthenticated:
            return redirect_to_login(request.get_full_path())

    def get_subscriptions(self) -> list[AbstractSubscription]:
        found: list[AbstractSubscription] = []
        for model in subscription_models():
            mine = owners.owned_by(model, self.get_owner())
            if mine is not None:
                begun = rows(model).filter(mine).exclude(status=SubscriptionStatus.NEW.value)
                found.extend(begun.order_by("-created"))
        return found


class SubscriptionView(SubscriptionMixin):
    """The page of one."""

    template_name = "django_iamport/subscription.html"

    def get(self, request: HttpRequest, subscription_uid: str) -> HttpResponseBase:
        try:
            return self.render(self.get_subscription(subscription_uid))
        except NotAuthenticated:
            return redirect_to_login(request.get_full_path())
        except AttemptNotFound as error:
            raise Http404 from error

    def render(self, subscription: AbstractSubscription, error: IamportError | None = None) -> HttpResponse:
        status, periods = subscription.status, self.get_periods(subscription)
        context = {
            "subscription": subscription,
            "periods": periods,
            "order_url": self.get_order_url(periods[0].order) if subscription.is_behind else "",
            "card": None if status == SubscriptionStatus.ENDED else subscription.get_billing_key(),
            "cards": self.get_cards(subscription),
            "cards_url": _address("iamport_billing:cards"),
            "may_pause": status in PAUSABLE and not subscription.ends_at_period_end,
            "may_resume": status == SubscriptionStatus.PAUSED and not subscription.ends_at_period_end,
            "may_cancel": status != SubscriptionStatus.ENDED and not subscription.ends_at_period_end,
            "ends_at_once": not subscription.has_time_left,
            "error": error,
        }
        return self.show(self.template_name, context, error.http_status if error else 200)

    def get_order_url(self, order: Any) -> str:
        """Hook: where the order of a period that waits for its payment is paid otherwise; empty for nowhere."""
        return str(order.get_absolute_url()) if hasattr(order, "get_absolute_url") else ""

    def get_periods(self, subscription: AbstractSubscription) -> list[Any]:
        """The latest first, each with the `merchant_uid` of what paid it, for its receipt."""
        related: Any = subscription
        periods = related.renewals.select_related("order").prefetch_related("order__transactions")
        found = list(periods.order_by("-number")[:SHOWN])
        for renewal in found:
            attempts = renewal.order.transactions.all() if renewal.order else ()
            held = (row for row in attempts if row.status in (Status.PAID, Status.CANCELLED) and row.paid_at)
            renewal.paid_by = next((row.merchant_uid for row in held), "")
        return found


class SubscriptionChangeView(SubscriptionView):
    """A form of that page; shows it again where it could not be done.

    What may be asked is the last word of the address; a shop that permits less overrides `actions`.
    """

    http_method_names = ["post", "options"]
    actions: ClassVar[frozenset[str]] = frozenset({"pause", "resume", "cancel", "keep", "pay", "card"})

    def post(self, request: HttpRequest, subscription_uid: str, action: str) -> HttpResponseBase:
        try:
            subscription = self.get_subscription(subscription_uid)
        except NotAuthenticated:
            return redirect_to_login(reverse("iamport_subscriptions:subscription", args=[subscription_uid]))
        except AttemptNotFound as error:
            raise Http404 from error
        if action not in self.actions:
            raise Http404
        act: Callable[[AbstractSubscription], None] = getattr(self, action)
        try:
            act(subscription)
        except IamportError as error:
            log("subscription_not_changed", subject=subscription.subscription_uid, reason=error.code)
            subscription.refresh_from_db()
            return self.render(subscription, error)
        return HttpResponseRedirect(self.get_next(subscription))

    def get_next(self, subscription: AbstractSubscription) -> str:
        """Hook: where the customer goes when it was done."""
        return reverse("iamport_subscriptions:subscription", args=[subscription.subscription_uid])

    def pause(self, subscription: AbstractSubscription) -> None:
        subscription.pause(by=self.get_hand())

    def resume(self, subscription: AbstractSubscription) -> None:
        subscription.resume(by=self.get_hand())

    def cancel(self, subscription: AbstractSubscription) -> None:
        self.require_budget()
        subscription.cancel(by=self.get_hand())

    def keep(self, subscription: AbstractSubscription) -> None:
        subscription.keep(by=self.get_hand())

    def pay(self, subscription: AbstractSubscription) -> None:
        self.require_budget()
        subscription.pay(by=self.get_hand())

    def card(self, subscription: AbstractSubscription) -> None:
        """Charge another card from now on, and at once where the customer is behind."""
        self.require_budget()
        chosen = self.request.POST.get("card", "")
        card = next((card for card in self.get_cards(subscription) if card.merchant_uid == chosen), None)
        if card is None:
            raise AttemptNotFound("No such card, or none of the visitor's.")
        subscription.change_card(card, by=self.get_hand())
        if subscription.is_behind:
            subscription.pay(by=self.get_hand())

    def get_hand(self) -> Any:
        """A customer's, though he may be of the staff: it is his own subscription."""
        return customer(self.request.user)


def _address(name: str) -> str:
    """Empty where the shop doesn't include those addresses."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
