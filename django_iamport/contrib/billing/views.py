"""A customer's saved cards: the page, the two JSON views that checkout.js talks to, and the way back of phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from django_iamport import access
from django_iamport.exceptions import AttemptNotFound, IamportError, NotAuthenticated
from django_iamport.gateway import budgets
from django_iamport.models import AbstractTransaction
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import transaction_model_of
from django_iamport.records.rows import find_exactly, rows
from django_iamport.rules.status import Status
from django_iamport.signals.monitoring import log
from django_iamport.views import CheckoutPageMixin, hosts
from django_iamport.views.base import IamportView, JsonView

from . import registration
from .exceptions import ChargeDeclined
from .models import AbstractBillingKey, default_billing_key_model
from .rules import KeyStatus

__all__ = [
    "CardChargeView",
    "CardCheckoutView",
    "CardDefaultView",
    "CardDeleteView",
    "CardRedirectView",
    "CardValidationView",
    "CardsView",
]

# The orders that are charged as soon as a card is registered, by the registration's number, empty where it is for
# none; the last few.
SESSION_KEY = "iamport_card_orders"
REMEMBERED = 5


class CardMixin(IamportView):
    """Whose cards they are: the visitor's, who has signed in."""

    billing_key_model: type[AbstractBillingKey] | None = None

    def get_billing_key_model(self) -> type[AbstractBillingKey]:
        return self.billing_key_model or default_billing_key_model()

    def get_owner(self) -> models.Model:
        """The visitor; raises `NotAuthenticated` for a guest, who has nobody to keep a card for."""
        user: Any = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise NotAuthenticated("Cards are saved for users who have signed in.")
        return user  # type: ignore[no-any-return]

    def get_card(self, merchant_uid: str) -> AbstractBillingKey:
        """The visitor's card of that number; raises `AttemptNotFound` for nobody's and anybody else's."""
        owner: Any = self.get_owner()
        mine = rows(self.get_billing_key_model()).filter(user=owner)
        card = find_exactly(mine, merchant_uid=merchant_uid)
        if card is None:
            raise AttemptNotFound("No such card, or none of the visitor's.")
        return card

    def get_orders(self) -> dict[str, str]:
        """By number, what the session's registrations are for, if it is the session that says who asks."""
        return self.request.session.get(SESSION_KEY, {}) if access.is_by_session(self.request) else {}

    def charge_order(self, card: AbstractBillingKey, order_id: str) -> AbstractTransaction:
        """Charge the order that a card was registered for, once.

        What came of it is answered again: an address that is looked at anew charges nothing. Raises as `charge`
        does.
        """
        order = self.get_order(order_id)
        charged = _charged(card, order)
        if charged is None:
            return card.charge(order)
        if charged.verified_at is None:
            reason = charged.fail_reason or charged.reject_reason
            raise ChargeDeclined("Declined before.", transaction=charged, reason=reason)
        return charged

    def get_next(self, card: AbstractBillingKey) -> str:
        """Hook: where the customer goes when his card was saved."""
        return reverse("iamport_billing:cards")


class CardCheckoutView(CardMixin, JsonView):
    """Begins to register a card; with `order_id`, that order is charged as soon as the card is saved.

    Only a session remembers that: a client with a token names the order again at `CardValidationView`.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        owner, order_id = self.get_owner(), self.text("order_id")
        if order_id:
            self.get_order(order_id)
        self.require_budget()
        manager = self.get_billing_key_model().objects
        card = manager.create_new(owner, channel=self.text("channel"), besides=self.for_others(order_id))
        self.remember(card, order_id)
        params = hosts.remembering(card.request_pay(), request, "iamport_billing:redirect")
        return JsonResponse({"merchant_uid": card.merchant_uid, "request_pay": params})

    def for_others(self, order_id: str) -> list[str]:
        """The session's registrations whose windows, perhaps still open, were opened for something else."""
        return [number for number, wanted in self.get_orders().items() if wanted != order_id]

    def remember(self, card: AbstractBillingKey, order_id: str) -> None:
        if not access.is_by_session(self.request):
            return
        orders = {**self.get_orders()}
        orders.pop(card.merchant_uid, None)
        orders[card.merchant_uid] = order_id
        self.request.session[SESSION_KEY] = dict([*orders.items()][-REMEMBERED:])


class CardValidationView(CardMixin, JsonView):
    """Says how a registration stands, asking the gateway unless `ask` is false; then charges the order, if any."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        card = self.get_card(self.text("merchant_uid"))
        if self.truth("ask", missing=True):
            # A second window of the same registration may have put another card in the place of a saved one. That
            # is said now, and not when the card is charged.
            if card.status == KeyStatus.READY or (card.is_chargeable and self.text("imp_uid")):
                self.require_budget()
                budgets.take(budgets.ATTEMPT, card.merchant_uid)
                card.confirm(source="browser", by=request.user)
            following, message = self.go_on(card)
        else:
            following, message = None, ""
        return JsonResponse(self.answer(card, following, message))

    def answer(self, card: AbstractBillingKey, following: str | None, message: str) -> Mapping[str, Any]:
        """In the words that checkout.js knows of a payment."""
        has_failed = bool(message) or (card.status != KeyStatus.ACTIVE and bool(card.reason))
        status = "paid" if following else "failed" if has_failed else "ready"
        return {
            "status": status,
            "merchant_uid": card.merchant_uid,
            "next": following,
            "message": message or (card.get_reason_display() if has_failed else ""),
        }

    def go_on(self, card: AbstractBillingKey) -> tuple[str | None, str]:
        """Where the customer goes now, or why he goes nowhere."""
        if not card.is_chargeable:
            return None, ""
        order_id = self.text("order_id") or self.get_orders().get(card.merchant_uid)
        if not order_id:
            return self.get_next(card), ""
        try:
            paid = self.charge_order(card, order_id)
        except ChargeDeclined as declined:
            return None, declined.reason_in_words
        return reverse("iamport:order_complete", args=[paid.merchant_uid]), ""


class CardRedirectView(CardMixin):
    """Where a phone's browser comes back to; the signature names one registration, which it permits to look up.

    An owner who browses another of the shop's hosts goes on there, where his session is.
    """

    http_method_names = ["get", "head", "options"]
    is_without_login = True

    def get(self, request: HttpRequest) -> HttpResponse:
        merchant_uid = registration.unsigned(request.GET.get("card", ""))
        card = find_exactly(rows(self.get_billing_key_model()), merchant_uid=merchant_uid or "")
        if card is None:
            raise Http404
        is_owner = getattr(request, "user", None) == card.user
        elsewhere = None if is_owner else hosts.address_on_own_host(request)
        response = HttpResponseRedirect(elsewhere or self.confirm(card))
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    def confirm(self, card: AbstractBillingKey) -> str:
        """Where the browser goes; what can't be done now is done when the page is looked at again."""
        try:
            if card.status == KeyStatus.READY:
                self.require_budget()
                budgets.take(budgets.ATTEMPT, card.merchant_uid)
                card.confirm(source="redirect")
        except IamportError as error:
            log("return_not_confirmed", merchant_uid=card.merchant_uid, imp_uid="", reason=error.code)
        order_id = self.get_orders().get(card.merchant_uid)
        if not (order_id and card.is_chargeable):
            return self.get_next(card)
        try:
            paid = self.charge_order(card, order_id)
        except IamportError as error:
            log("card_not_charged", merchant_uid=card.merchant_uid, reason=error.code)
            return self.get_next(card)
        return reverse("iamport:order_complete", args=[paid.merchant_uid])


class CardsView(CheckoutPageMixin, CardMixin):
    """The page of saved cards: which there are, which is the default, and a button that adds another."""

    template_name = "django_iamport/cards.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return self.render()

    def render(self, error: IamportError | None = None) -> HttpResponseBase:
        try:
            owner = self.get_owner()
        except NotAuthenticated:
            return redirect_to_login(self.request.get_full_path())
        context = {"view": self, "cards": self.get_billing_key_model().objects.saved(owner), "error": error}
        response = TemplateResponse(
            self.request, self.template_name, context, status=error.http_status if error else 200
        )
        response.headers["Cache-Control"] = "no-store"
        return response


class CardChangeView(CardsView):
    """A form of that page; shows it again where it could not be done."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            card = self.get_card(request.POST.get("card", ""))
            self.change(card)
        except NotAuthenticated:
            return redirect_to_login(reverse("iamport_billing:cards"))
        except AttemptNotFound as error:
            raise Http404 from error
        except IamportError as error:
            log("card_not_changed", reason=error.code)
            return self.render(error)
        return HttpResponseRedirect(self.get_next(card))

    def change(self, card: AbstractBillingKey) -> None:
        raise NotImplementedError


class CardDefaultView(CardChangeView):
    def change(self, card: AbstractBillingKey) -> None:
        card.make_default()


class CardChargeView(CardChangeView):
    """Charges a saved card for an order that the visitor may pay; goes on to its receipt."""

    def change(self, card: AbstractBillingKey) -> None:
        self.order = self.get_order(self.request.POST.get("order_id", ""))
        self.require_budget()
        self.paid = card.charge(self.order)

    def get_next(self, card: AbstractBillingKey) -> str:
        return reverse("iamport:order_complete", args=[self.paid.merchant_uid])


class CardDeleteView(CardChangeView):
    """Deletes a card at the gateway and here."""

    def change(self, card: AbstractBillingKey) -> None:
        self.require_budget()
        card.withdraw(by=self.request.user)


def _charged(card: AbstractBillingKey, order: ShopOrder) -> AbstractTransaction | None:
    """The last attempt to charge that card for that order, if it is known what became of it."""
    settled = models.Q(order=order) & ~models.Q(status=Status.READY)
    attempts = rows(transaction_model_of(type(order))).filter(settled).order_by("-created")
    return next((row for row in attempts if row.asked.get("customer_uid") == card.customer_uid), None)
