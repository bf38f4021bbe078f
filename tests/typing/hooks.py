"""Every public hook, overridden by a shop with its own classes, as mypy --strict sees it; never run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import assert_type

from django_iamport import views
from django_iamport.access import owns, remember
from django_iamport.admin import Column, OrderAdminMixin, TransactionAdminMixin, TransactionInline
from django_iamport.exceptions import IamportError, RejectPayment
from django_iamport.forms import RefundAccount, RefundAccountForm, banks
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, PayableMixin, Refund
from django_iamport.records.hands import By
from django_iamport.tasks import process_webhook
from django_iamport.testing import Sandbox
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket

# The manager.


class CheckoutManager(TransactionManager["Checkout"]):
    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("order")

    def of_today(self) -> QuerySet[Checkout]:
        return self.filter(created__gte=timezone.now() - timedelta(days=1))

    def create_new(
        self,
        order: Any,
        *,
        customer_uid_usage: str | None = None,
        pg_id: str | None = None,
        escrow: bool | None = None,
        request_pay: Callable[[Any], Mapping[str, object]] | None = None,
        void_accounts: bool = True,
        channel: str = "",
    ) -> Checkout:
        return super().create_new(
            order,
            customer_uid_usage=customer_uid_usage,
            pg_id=pg_id or "mid",
            escrow=escrow,
            request_pay=request_pay,
            void_accounts=void_accounts,
            channel=channel,
        )

    def confirm(
        self, *, merchant_uid: str | None = None, imp_uid: str | None = None, source: str, by: By = ""
    ) -> Checkout:
        return super().confirm(merchant_uid=merchant_uid, imp_uid=imp_uid, source=source, by=by)


class Checkout(AbstractTransaction):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+")

    objects = CheckoutManager()

    class Meta(AbstractTransaction.Meta):
        app_label = "typing"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)

    def get_deposit_text(self) -> str:
        return super().get_deposit_text() + "\n"


def by_manager(order: Order) -> None:
    assert_type(Checkout.objects.create_new(order), Checkout)
    assert_type(Checkout.objects.of_today().first(), Checkout | None)
    assert_type(TransactionManager.for_model(Checkout).poll("uid"), Checkout)
    assert_type(TransactionManager.for_model(OrderTransaction).create_new(order).order, Order)


# The order.


class Subscription(PayableMixin):
    price = models.DecimalField(max_digits=10, decimal_places=2)
    is_paid = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "typing"

    def get_payment_amount(self) -> int | Decimal:
        return self.price

    def get_payment_currency(self) -> str:
        return super().get_payment_currency()

    def get_payment_name(self) -> str:
        return "Subscription"

    def get_buyer(self) -> dict[str, str]:
        return super().get_buyer() | {"buyer_name": "Kim"}

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        if transaction.currency != "KRW":
            raise RejectPayment("currency", refund=False)
        return not self.is_paid

    def accepts_discount(self, transaction: AbstractTransaction, discount: Decimal) -> bool:
        return super().accepts_discount(transaction, discount) or discount < 1_000

    def accepts_late_payment(self, transaction: AbstractTransaction) -> bool:
        return super().accepts_late_payment(transaction)

    def close(self) -> None:
        super().close()

    @classmethod
    def unpaid_since(cls, moment: datetime) -> QuerySet[Subscription] | None:
        return cls._default_manager.filter(is_paid=False, created__lte=moment)

    def payment_received(self, transaction: AbstractTransaction) -> None:
        self.is_paid = transaction.paid_at is not None

    def payment_refunded(self, transaction: AbstractTransaction, amount: Decimal, is_whole: bool) -> None:
        self.is_paid = not is_whole and transaction.held_amount >= amount


class Gift(Order):
    class Meta(Order.Meta):
        app_label = "typing"

    @classmethod
    def unpaid_since(cls, moment: datetime) -> QuerySet[Gift] | None:
        found = super().unpaid_since(moment)
        return None if found is None else found.exclude(note="")


# The views.


class OrderForm(forms.ModelForm[Order]):
    class Meta:
        model = Order
        fields = ("buyer_name",)


class Access(views.IamportView):
    def may_pay(self, order: Order) -> bool:
        return order.note != "locked" and super().may_pay(order)

    def may_see(self, order: Order) -> bool:
        return owns(self.request, order) or super().may_see(order)

    def get_order(self, order_id: str) -> Order:
        order: Order = super().get_order(order_id)
        return order

    def get_transaction_model(self) -> type[OrderTransaction]:
        return OrderTransaction

    def get_manager(self) -> TransactionManager[OrderTransaction]:
        return OrderTransaction.objects


class Cart(Access, views.OrderFormMixin):
    form_class = OrderForm

    def get_form_class(self) -> type[OrderForm]:
        return OrderForm

    def get_form(self, **kwargs: Any) -> OrderForm:
        return OrderForm(**{"initial": {"buyer_name": "Kim"}, **kwargs})

    def get_items(self) -> list[OrderItem]:
        return [OrderItem(name="Tea", price=25_000, quantity=2)]

    def get_amount(self, items: Iterable[OrderItem]) -> Decimal:
        return sum((item.price for item in items), Decimal(0)) + super().get_amount(items)

    def get_name(self, items: Sequence[OrderItem]) -> str:
        return items[0].name if items else super().get_name(items)


class Page(Cart, views.OrderCreateView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"shop": "Tea house"}


class Create(Cart, views.OrderCreateAjaxView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def get_request_pay(self, order: Order, attempt: AbstractTransaction) -> dict[str, Any]:
        return {**super().get_request_pay(order, attempt), "digital": order.note == "download"}

    def get_asked(self, order: Order) -> dict[str, Any]:
        return {**super().get_asked(order), "escrow": order.amount > 50_000}

    def get_checkout(self, order: Order) -> dict[str, Any] | None:
        return super().get_checkout(order) if order.amount else None

    def get_next(self, order: Order) -> str:
        return order.get_absolute_url()

    def get_or_create_order(self, key: str) -> Order:
        order: Order = super().get_or_create_order(key)
        return order

    def require_own(self, order: Order) -> None:
        super().require_own(order)

    def find_order_by_key(self, key: str) -> Order | None:
        return Order.objects.filter(checkout_key=key).first()

    def is_same(self, order: Order, items: Sequence[OrderItem]) -> bool:
        return order.items.count() == len(items) and super().is_same(order, items)

    def correct_order(self, order: Order) -> Order:
        corrected: Order = super().correct_order(order)
        return corrected

    def replace_order(self, order: Order, key: str) -> Order:
        replaced: Order = super().replace_order(order, key)
        return replaced

    def close_order(self, order: Order) -> None:
        order.close()

    def takes_place_of(self, order: Order, items: Sequence[OrderItem]) -> bool:
        return order.note == "" and super().takes_place_of(order, items)

    def create_order(self, key: str) -> Order:
        order: Order = super().create_order(key)
        return order

    def require_shown_amount(self, items: Sequence[OrderItem]) -> None:
        super().require_shown_amount(items)

    def save_order(self, form: forms.ModelForm[Order], items: Sequence[OrderItem], key: str) -> Order:
        order: Order = super().save_order(form, items, key)
        order.note = items[0].name
        order.save(update_fields=["note"])
        return order

    def fill_order(self, order: Order, items: Sequence[OrderItem], key: str) -> None:
        super().fill_order(order, items, key)
        order.amount += 3_000

    def answer_error(self, error: IamportError) -> HttpResponse:
        return super().answer_error(error)


class Again(Access, views.OrderCheckoutAjaxView):
    def begin_attempt(self, order: Order) -> dict[str, Any]:
        return super().begin_attempt(order)


class Validation(Access, views.OrderImpAjaxView):
    def get_next(self, confirmed: AbstractTransaction) -> str | None:
        return super().get_next(confirmed)

    def confirm_or_poll(
        self, attempt: AbstractTransaction, imp_uid: str, *, may_ask: bool
    ) -> AbstractTransaction:
        return super().confirm_or_poll(attempt, imp_uid, may_ask=may_ask)


class Receipt(Access, views.OrderCompleteView):
    def get_attempt(self, merchant_uid: str) -> AbstractTransaction:
        return super().get_attempt(merchant_uid)

    def get_context_data(self, attempt: AbstractTransaction) -> dict[str, Any]:
        return {**super().get_context_data(attempt), "banks": banks(attempt.pg_provider)}

    def return_to(self, attempt: AbstractTransaction, form: RefundAccountForm) -> None:
        assert_type(form.get_account(), RefundAccount)
        super().return_to(attempt, form)


class Confirm(views.ConfirmView):
    neutral_reason = _("Please reload.")

    def get_refusal(self, attempt: AbstractTransaction) -> str | None:
        return "Sold out." if attempt.amount > 100_000 else super().get_refusal(attempt)


class Back(Access, views.RedirectView):
    template_name = "shop/state.html"


@views.checkout_page
def pay_again(request: HttpRequest, pk: int) -> HttpResponse:
    remember(request, Order.objects.get(pk=pk))
    return HttpResponse()


def keeps_its_signature() -> Callable[[HttpRequest, int], HttpResponse]:
    return pay_again


# The desk.


class Attempts(TransactionInline):
    model = OrderTransaction
    extra = 1


class TransactionAdmin(TransactionAdminMixin, admin.ModelAdmin[OrderTransaction]):
    list_display = ["merchant_uid", "shown_status", "note"]
    list_filter = (*TransactionAdminMixin.list_filter, "note")
    search_fields = (*TransactionAdminMixin.search_fields, "order__buyer_email")
    list_select_related = ("order", "order__user")

    def has_refund_permission(self, request: HttpRequest, obj: OrderTransaction | None = None) -> bool:
        return (obj is None or obj.note == "") and super().has_refund_permission(request, obj)

    def has_accept_permission(self, request: HttpRequest, obj: OrderTransaction | None = None) -> bool:
        return super().has_accept_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: OrderTransaction | None = None) -> bool:
        return super().has_view_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: OrderTransaction | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderTransaction]:
        return super().get_queryset(request).exclude(note="")

    def get_totals(self, queryset: QuerySet[OrderTransaction]) -> list[dict[str, object]]:
        return super().get_totals(queryset)

    def get_console_url(self, transaction: AbstractTransaction) -> str:
        return f"{super().get_console_url(transaction)}?imp_uid={transaction.imp_uid}"


def recipient(order: Order) -> str:
    return order.buyer_name


class OrderAdmin(OrderAdminMixin, admin.ModelAdmin[Order]):
    list_display = ("name", "shown_status", recipient)
    actions = ("export_selected", "forget")
    detail_fields = ["name", "amount"]
    inlines = (Attempts,)

    def get_export_columns(self, request: HttpRequest) -> list[Column]:
        return [
            *super().get_export_columns(request),
            Column("recipient", _("recipient"), recipient),
            Column("lines", "lines", lambda order: order.items.count()),
        ]

    def get_row(self, request: HttpRequest, object_id: str) -> Order:
        order: Order = super().get_row(request, object_id)
        return order

    def get_readonly_fields(self, request: HttpRequest, obj: Order | None = None) -> list[str]:
        return super().get_readonly_fields(request, obj)

    def export_selected(self, request: HttpRequest, queryset: QuerySet[Order]) -> HttpResponse:
        return super().export_selected(request, queryset)


class TicketAdmin(OrderAdminMixin, admin.ModelAdmin[Ticket]):
    shop_name = "Hall"


# The rest.


def work(merchant_uid: str, imp_uid: str) -> str:
    return process_webhook(merchant_uid, imp_uid)


def buy(iamport_sandbox: Sandbox, attempt: OrderTransaction) -> None:
    assert_type(iamport_sandbox.pay(attempt), str)
    assert_type(iamport_sandbox.decline(attempt, reason="no"), str)
    iamport_sandbox.open(merchant_uid="uid", amount=100)


def give_back(attempt: OrderTransaction, form: RefundAccountForm) -> Refund:
    return attempt.cancel(reason="broken", refund_account=form.get_account())
