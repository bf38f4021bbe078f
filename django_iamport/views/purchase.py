"""The purchase: an order made of form and cart, and what the browser says of its payment."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, models, router
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from django_iamport import access
from django_iamport.exceptions import (
    AccountKept,
    AttemptNotFound,
    FormInvalid,
    IamportError,
    MalformedRequest,
    NotPayable,
    OrderChanged,
    OrderClosed,
    OrderPaid,
    TooManyRequests,
)
from django_iamport.ledger import shop_code
from django_iamport.managers import TransactionManager
from django_iamport.models.order import AbstractOrder, ShopOrder
from django_iamport.models.registry import find_attempt, name_of, transaction_model_of
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import attempts
from django_iamport.records import kinds, locks
from django_iamport.records.blocks import block
from django_iamport.records.rows import rows
from django_iamport.rules.status import Status

from . import bodies, sessions
from .base import JsonView
from .checkout import CheckoutMixin
from .order_form import OrderForm, OrderFormMixin, ShopItem

MAX_KEY = 64


class OrderCreateAjaxView(OrderFormMixin, CheckoutMixin):
    """Makes the order and its items, all or nothing, and begins its first attempt.

    The form's one-time key makes it idempotent: posted twice, it answers the same order. `form` is the valid one.
    """

    form: OrderForm | None = None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = self.text("checkout_key")
        if not 16 <= len(key) <= MAX_KEY:
            raise MalformedRequest("checkout_key is missing: put it into the form.")
        self.return_to()
        self.get_channel()
        self.require_budget()
        order = self.get_or_create_order(key)
        try:
            checkout = None if access.is_settled(order) else self.get_checkout(order)
        except IamportError:
            sessions.make_storable(request)
            access.keep(request)
            raise
        return JsonResponse(
            {
                "order_id": name_of(order),
                "checkout": checkout,
                "next": None if checkout else self.get_next(order),
            }
        )

    def get_checkout(self, order: ShopOrder) -> dict[str, Any] | None:
        """The parameters of the payment window, or None where nothing is to be paid."""
        if order.get_payment_amount() == 0:
            try:
                self.manager_of(order).settle_free(order)
            except (OrderClosed, OrderPaid):
                # Posted twice, it was settled the first time; an order of the shop's own can't tell.
                if isinstance(order, AbstractOrder) and not access.is_settled(self.get_order(name_of(order))):
                    raise
            return None
        try:
            return self.begin_attempt(order)
        except OrderPaid:
            # A payment that nobody had reported was found: the customer sees its receipt.
            return None

    def get_next(self, order: ShopOrder) -> str:
        """Hook: where the customer of an order that needs no (further) payment goes."""
        paid = access.first_paid(transaction_model_of(type(order)), order)
        if paid is not None:
            return reverse("iamport:order_complete", args=[paid.merchant_uid])
        return order.get_absolute_url() if hasattr(order, "get_absolute_url") else "/"

    def get_or_create_order(self, key: str) -> ShopOrder:
        order = self.find_order_by_key(key)
        if order is None:
            return self.create_order(key)
        self.require_own(order)
        access.remember(self.request, order, checkout_key=key)
        if access.is_settled(order):
            return order
        items = list(self.get_items())
        self.validated(instance=copy.copy(order))
        if not self.is_same(order, items):
            self.require_shown_amount(items)
            return self.replace_order(order, key)
        return self.correct_order(order)

    def require_own(self, order: ShopOrder) -> None:
        if not self.may_pay(order):
            raise AttemptNotFound("This one-time key belongs to somebody else's order.")

    def find_order_by_key(self, key: str) -> ShopOrder | None:
        """Hook: the order that a one-time key has already made.

        By its unique column; an order without that column is remembered in the session, which is weaker.
        """
        model = self.get_transaction_model().order_model()
        if access.has_key(model):
            order = rows(model).filter(checkout_key=key).first()
            return None if order is None else kinds.asked(order)
        return access.order_by_key(self.request, model, key)

    def is_same(self, order: ShopOrder, items: Sequence[ShopItem]) -> bool:
        """Hook: whether cart and form still ask for what the order was made from."""
        amount = Decimal(order.get_payment_amount())
        return self.is_same_cart(order, items) and amount == self._amount_to_pay(items)

    def _amount_to_pay(self, items: Sequence[ShopItem]) -> Decimal:
        return self.get_amount(items) if self.form is None else self.get_chosen_amount(items, self.form)

    def correct_order(self, order: ShopOrder) -> ShopOrder:
        """The same form again, with other words in it: the unpaid order takes them.

        Raises `AccountKept` where its account waits and nobody agreed to give it up.
        """
        using = router.db_for_write(type(order))

        def correct() -> ShopOrder:
            with locks.locked_row(type(order), order.pk, using) as locked:
                if access.is_settled(locked):
                    return locked
                if not self.may_void_accounts():
                    _require_no_account(locked)
                form = self.validated(instance=locked)
                with bodies.storable_values():
                    return form.save()

        return shop_code.typed("an order", lambda: locks.retrying(correct))

    def replace_order(self, order: ShopOrder, key: str) -> ShopOrder:
        """The cart changed: the unpaid order is closed, and a new one made.

        Raises `OrderNotClosed`, `PaymentUnknown` while a charge is under way, and `AccountKept` where another tab
        has an account issued meanwhile.
        """
        settled = self._close_unpaid(order, void_accounts=self.may_void_accounts())
        return self.create_order(key) if settled is None else settled

    def _close_unpaid(self, order: ShopOrder, *, void_accounts: bool) -> ShopOrder | None:
        """Ask the gateway about an order and close it; answers it where it was settled meanwhile."""
        self.manager_of(order).settle_open_attempts(order, void_accounts=void_accounts)
        using = router.db_for_write(type(order))
        model = transaction_model_of(type(order))

        def close() -> ShopOrder | None:
            with locks.locked_row(type(order), order.pk, using) as locked:
                if access.is_settled(locked):
                    return locked
                _require_no_account(locked)
                attempts.require_no_charge_under_way([*rows(model, using).filter(models.Q(order=locked))])
                self.close_order(locked)
                attempts.require_closed(model, locked, using)
                return None

        return shop_code.typed("an order", lambda: locks.retrying(close))

    def _close_former(self, items: Sequence[ShopItem], key: str) -> ShopOrder | None:
        """Close what other forms of this visitor ordered of the same lines: two open windows would both be paid.

        Answers an order that turned out to be settled. Of another cart, one with an account issued is as good as
        bought, and one about which the gateway was asked too often holds nobody up: both stay. Of the same cart,
        both are raised: nobody orders twice without a word.
        """
        for _key, order, is_same in self.unpaid_orders(items, but=key):
            if not self.takes_place_of(order, items) or not (
                is_same or access.waiting_account(order) is None
            ):
                continue
            try:
                settled = self._close_unpaid(order, void_accounts=is_same and self.may_void_accounts())
            except (AccountKept, TooManyRequests):
                if is_same:
                    raise
                continue
            if settled is not None:
                return settled
        return None

    def _keep_one(self, order: ShopOrder, items: Sequence[ShopItem], key: str) -> ShopOrder:
        """Of what two forms ordered of the same cart at the same moment, neither finding the other's, one stays.

        Answers it. Whichever looks last sees both, so what they are decides: an account, or the greater key.
        """
        for other_key, other, is_same in self.unpaid_orders(items, but=key):
            if not is_same or not self.takes_place_of(other, items):
                continue
            # Of the other one the other request's session knows, which this one's may replace.
            access.remember(self.request, other, checkout_key=other_key)
            lesser, order = sorted(
                (order, other), key=lambda each: (access.waiting_account(each) is not None, each.pk)
            )
            settled = self._close_unpaid(lesser, void_accounts=False)
            if settled is not None:
                return settled
        return order

    def takes_place_of(self, order: ShopOrder, items: Sequence[ShopItem]) -> bool:
        """Hook: whether an order of these items leaves no room for the unpaid one of another page.

        By default where a line of it is still in the cart, of whatever price and quantity.
        """
        lines = getattr(order, "items", None)
        if lines is None:
            return False
        return not {item.name for item in lines.all()}.isdisjoint(item.name for item in items)

    def close_order(self, order: ShopOrder) -> None:
        """Hook: give an unpaid order up, under its lock; a payment that still comes is refunded."""
        order.close()

    def create_order(self, key: str) -> ShopOrder:
        form = self.validated()
        items = list(self.get_items())
        if not items:
            raise NotPayable("The cart is empty.", text=_("Your cart is empty."))
        self.require_shown_amount(items)
        settled = self._close_former(items, key)
        if settled is not None:
            return settled
        try:
            using = router.db_for_write(self.get_transaction_model().order_model())
            with block(using, "an order"), bodies.storable_values():
                order = self.save_order(form, items, key)
        except IamportError:
            raise
        except Exception as error:
            # The same form was posted twice at the same moment: the other one has made the order.
            earlier = self.find_order_by_key(key) if isinstance(error, IntegrityError) else None
            if earlier is None:
                raise shop_code.failure("an order", error) from error
            order = earlier
            self.require_own(order)
        access.remember(self.request, order, checkout_key=key)
        return self._keep_one(order, items, key)

    def require_shown_amount(self, items: Sequence[ShopItem]) -> None:
        """Nobody is asked for more than the page said of the cart, which may have changed in another tab.

        The form's `shown_amount` decides nothing else; a form without it is not compared. What the customer chose
        in the form itself comes on top: `get_chosen_amount`.
        """
        shown = self.text("shown_amount")
        if shown and shown != str(self.get_amount(items)):
            raise OrderChanged("The cart is not what the page shows.")

    def save_order(self, form: OrderForm, items: Sequence[ShopItem], key: str) -> ShopOrder:
        """Hook: store the order and its items, within one database transaction."""
        order = form.save(commit=False)
        self.fill_order(order, items, key)
        order.save()
        form.save_m2m()
        for item in items:
            item.order = order
            item.save()
        return order

    def fill_order(self, order: ShopOrder, items: Sequence[ShopItem], key: str) -> None:
        """Hook: what the order knows beside the form; as `AbstractOrder` wants it."""
        order.amount = self._amount_to_pay(items)
        order.name = self.get_name(items)
        if access.has_key(type(order)):
            order.checkout_key = key
        user = getattr(self.request, "user", None)
        if user is not None and user.is_authenticated:
            order.set_owner(user)

    def validated(self, **kwargs: Any) -> OrderForm:
        form = self.get_form(data=bodies.as_form_data(self.data), **kwargs)
        try:
            is_valid = form.is_valid()
        except RecursionError as error:
            raise MalformedRequest("A field of the form is nested too deeply.") from error
        if not is_valid:
            raise FormInvalid({name: [*map(str, errors)] for name, errors in form.errors.items()})
        self.form = form
        return form


class OrderImpAjaxView(JsonView):
    """Verifies what the browser claims, or, without an `imp_uid`, says how an attempt stands.

    `ask` false reads the database alone: the page waits for a webhook without asking the gateway.
    """

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return JsonResponse(self.answer())

    def answer(self) -> dict[str, Any]:
        merchant_uid, imp_uid, may_ask = (
            self.text("merchant_uid"),
            self.imp_uid(),
            self.truth("ask", missing=True),
        )
        attempt = self.get_attempt(merchant_uid)
        confirmed = self.confirm_or_poll(attempt, imp_uid, may_ask=may_ask)
        if confirmed.pk != attempt.pk and not self.may_see(confirmed.order):
            raise AttemptNotFound("No such payment, or none that the caller may see.")
        has_failed = confirmed.status == Status.FAILED
        return {
            "status": confirmed.status,
            "merchant_uid": confirmed.merchant_uid,
            "next": self.get_next(confirmed),
            "message": str(confirmed.get_fail_reason_display()) if has_failed else "",
        }

    def get_attempt(self, merchant_uid: str) -> AbstractTransaction:
        """The attempt of that number, if the caller may see it; raises `AttemptNotFound` otherwise."""
        attempt = find_attempt(merchant_uid)
        if attempt is None or not self.may_see(attempt.order):
            raise AttemptNotFound("No such payment, or none that the caller may see.")
        return attempt

    def confirm_or_poll(
        self, attempt: AbstractTransaction, imp_uid: str, *, may_ask: bool
    ) -> AbstractTransaction:
        manager = TransactionManager.for_model(type(attempt))
        confirmed = attempt
        if imp_uid or may_ask:
            self.require_budget_to_ask(attempt, imp_uid)
        if imp_uid:
            confirmed = manager.confirm(merchant_uid=attempt.merchant_uid, imp_uid=imp_uid, source="browser")
        elif may_ask:
            confirmed = manager.poll(attempt.merchant_uid)
        return confirmed

    def get_next(self, confirmed: AbstractTransaction) -> str | None:
        """Hook: where the customer goes now; None while there is nothing to see."""
        if confirmed.status in (Status.READY, Status.FAILED) and not confirmed.is_awaiting_deposit:
            return None
        return reverse("iamport:order_complete", args=[confirmed.merchant_uid])


def _require_no_account(order: ShopOrder) -> None:
    waiting = access.waiting_account(order)
    if waiting is not None:
        raise AccountKept("A virtual account waits.", merchant_uid=waiting.merchant_uid)
