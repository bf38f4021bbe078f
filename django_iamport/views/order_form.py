"""From a form and a cart to an order: the page, and what it shares with the view that makes the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from django_iamport import access
from django_iamport.models.order import ShopOrder
from django_iamport.payments import attempts, request_pay

from .base import CheckoutPageMixin, IamportView

# A line of the shop's own, as `ShopOrder` is its order.
ShopItem: TypeAlias = Any

if TYPE_CHECKING:
    OrderForm: TypeAlias = forms.ModelForm[Any]
else:
    # At run time Django's class takes no parameter, and an annotation has to be there.
    OrderForm = forms.ModelForm


class OrderFormMixin(IamportView):
    """From a form and a cart to an order: the hooks that a shop's page and its AJAX view share."""

    form_class: type[OrderForm] | None = None

    def get_form_class(self) -> type[OrderForm]:
        if self.form_class is None:
            raise NotImplementedError(f"{type(self).__name__} needs a form_class: a ModelForm of the order.")
        return self.form_class

    def get_form(self, **kwargs: Any) -> OrderForm:
        return self.get_form_class()(**kwargs)

    def get_items(self) -> Sequence[ShopItem]:
        """Hook: the cart's lines as unsaved items of the order, with names and prices as they are now."""
        raise NotImplementedError(f"{type(self).__name__} must define get_items().")

    def get_amount(self, items: Iterable[ShopItem]) -> Decimal:
        """Hook: what the page says of these items; add shipping, take off a discount."""
        return sum((item.get_total() for item in items), Decimal(0))

    def get_chosen_amount(self, items: Sequence[ShopItem], form: OrderForm) -> Decimal:
        """Hook: what has to be paid after what the customer chose in the valid form: points, a donation.

        The amount of the items by default.
        """
        return self.get_amount(items)

    def get_name(self, items: Sequence[ShopItem]) -> str:
        """Hook: what the payment window calls the purchase."""
        if not items:
            return pgettext("checkout", "Order")
        name: str = items[0].name
        if len(items) == 1:
            return name[: request_pay.NAME_LENGTH]
        more = _(" and %(count)d more") % {"count": len(items) - 1}
        return name[: request_pay.NAME_LENGTH - len(more)] + more

    def is_same_cart(self, order: ShopOrder, items: Sequence[ShopItem]) -> bool:
        """Hook: whether the cart still holds the lines of the order; one without lines can't tell."""
        lines = getattr(order, "items", None)
        if lines is None:
            return False
        stored = [(item.name, Decimal(item.price), item.quantity) for item in lines.all()]
        return sorted(stored) == sorted((item.name, Decimal(item.price), item.quantity) for item in items)

    def unpaid_orders(
        self, items: Sequence[ShopItem], *, but: str = ""
    ) -> Iterator[tuple[str, ShopOrder, bool]]:
        """What the visitor's forms ordered, but not the one of that one-time key; not a hook.

        Each with its key, and whether it is of the same cart. Of other browsers and clients only those that are.
        """
        model = self.get_transaction_model()
        for key, order, is_here in access.made_by_forms(self.request, model.order_model()):
            is_same = key != but and self.is_same_cart(order, items)
            is_meant = is_same or (key != but and is_here)
            if is_meant and self.may_pay(order) and attempts.is_open(model, order):
                yield key, order, is_same


class OrderCreateView(CheckoutPageMixin, OrderFormMixin):
    """The page with the order form, which checkout.js sends.

    Sent without it, because there is no JavaScript or the customer was quicker than the script, the form orders
    nothing: it is shown again with what was typed, and says to press once more.
    """

    http_method_names = ["get", "head", "post", "options"]
    template_name = "django_iamport/order_create.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = TemplateResponse(request, self.template_name, self.get_context_data(**kwargs))
        # The form holds a one-time key: a copy from a cache would order nothing new.
        response.headers["Cache-Control"] = "no-store"
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        was_posted = self.request.method == "POST"
        items = list(self.get_items())
        # The visitor's unpaid order of the same cart is paid, and no second one made.
        unpaid = self.unpaid_orders(items) if items else ()
        key, order = next(((key, order) for key, order, is_same in unpaid if is_same), ("", None))
        return {
            "view": self,
            "form": self.get_form(data=self.request.POST) if was_posted else self.get_form(),
            "is_sent_too_early": was_posted,
            "items": items,
            "amount": self.get_amount(items),
            "shown_amount": str(self.get_amount(items)),
            "checkout_key": key or access.issue_checkout_key(self.request),
            "waiting_account": access.waiting_account(order) if order else None,
            **kwargs,
        }
