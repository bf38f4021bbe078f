"""A shop's own subclasses, as mypy --strict sees them; never run."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.views.generic import TemplateView
from typing_extensions import assert_type

from django_iamport import iamport, views
from django_iamport.access import orders_of, paid_orders
from django_iamport.admin import OrderAdminMixin, TransactionAdminMixin, TransactionInline
from django_iamport.client import Client
from django_iamport.client.results import Payment, Prepared
from django_iamport.exceptions import IamportError, RejectPayment
from django_iamport.forms import RefundAccount
from django_iamport.models import (
    AbstractOrder,
    AbstractOrderItem,
    AbstractTransaction,
    Cancellation,
    History,
    PayableMixin,
    Refund,
)
from django_iamport.signals import payment_paid, payment_rejected
from tests.shop.models import Order, OrderItem, OrderTransaction, Ticket, TicketTransaction


def begin(order: Order, ticket: Ticket) -> None:
    attempt = OrderTransaction.objects.create_new(order)
    assert_type(attempt, OrderTransaction)
    assert_type(attempt.order, Order)
    assert_type(attempt.note, str)
    assert_type(attempt.amount, Decimal)
    assert_type(attempt.paid_amount, Decimal | None)
    assert_type(attempt.imp_uid, str | None)
    assert_type(attempt.held_amount, Decimal)
    assert_type(order.amount, Decimal)
    assert_type(order.items.get().price, Decimal)
    assert_type(OrderTransaction.objects.create_new(order, escrow=True, pg_id="mid"), OrderTransaction)
    assert_type(TicketTransaction.objects.create_new(ticket).order, Ticket)


async def begin_in_an_async_view(order: Order, ticket: Ticket) -> None:
    attempt = await OrderTransaction.objects.acreate_new(order, escrow=True)
    assert_type(attempt, OrderTransaction)
    assert_type(await OrderTransaction.objects.aconfirm(imp_uid="imp_1", source="browser"), OrderTransaction)
    assert_type((await TicketTransaction.objects.apoll("test1")).order, Ticket)
    assert_type(await attempt.acancel(10_000, reason="part", by="kim"), Refund)
    assert_type(await attempt.arequest_pay(return_to="app", language="ko"), dict[str, Any])


def read(order: Order, merchant_uid: str) -> None:
    assert_type(order.transactions.first(), OrderTransaction | None)
    assert_type(order.items.get(), OrderItem)
    assert_type(OrderTransaction.objects.get_transaction(merchant_uid), OrderTransaction)
    assert_type(OrderTransaction.objects.poll(merchant_uid), OrderTransaction)
    assert_type(OrderTransaction.objects.get(pk=1), OrderTransaction)
    assert_type(OrderTransaction.objects.filter(status="paid").first(), OrderTransaction | None)
    assert_type([t.order for t in OrderTransaction.objects.all()], list[Order])
    for attempt in order.transactions.all():
        assert_type(attempt, OrderTransaction)
        attempt.sync()


def confirm(merchant_uid: str, imp_uid: str) -> OrderTransaction:
    return OrderTransaction.objects.confirm(merchant_uid=merchant_uid, imp_uid=imp_uid, source="command")


def give_back(attempt: OrderTransaction, request: HttpRequest) -> None:
    account = RefundAccount(bank="088", account="110123456789", holder="Kim")
    assert_type(attempt.cancel(10_000, reason="part", refund_account=account, by="kim"), Refund)
    assert_type(attempt.cancel(reason="rest", checksum=attempt.held_amount, refund_key="form"), Refund)
    assert_type(attempt.retry_refund(refund_account=account), Refund)
    attempt.accept(reason="spoke with the customer", by="kim")
    attempt.sync(source="admin", by=request.user)
    attempt.cancel(reason="returned", by=request.user)
    assert_type(attempt.history.first(), History | None)
    assert_type(attempt.cancellations.first(), Cancellation | None)
    assert_type(attempt.refunds.first(), Refund | None)
    assert_type(attempt.pending_refund, Refund | None)
    assert_type(attempt.get_deposit_text(), str)


def give_up(order: Order) -> bool:
    return OrderTransaction.objects.give_up(order, void_accounts=True)


def tutorial(merchant_uid: str) -> None:
    assert_type(iamport.get_token(), str)
    assert_type(iamport.payment_prepare(merchant_uid, 50_000), Prepared)
    assert_type(iamport.find_transaction(merchant_uid), Payment | None)


def without_django(imp_uid: str) -> int | Decimal:
    payment = Client("key", "secret").payments.find(imp_uid)
    assert_type(payment, Payment)
    assert_type(payment.imp_uid, str)
    return payment.amount - payment.cancel_amount


def refused(order: Order) -> str:
    try:
        OrderTransaction.objects.create_new(order)
    except IamportError as error:
        assert_type(error.code, str)
        assert_type(error.http_status, int)
        return f"{error.code}: {error.message}"
    return ""


@receiver(payment_paid, sender=OrderTransaction)
def take_from_stock(
    sender: type[OrderTransaction], transaction: OrderTransaction, order: Order, **kwargs: Any
) -> None:
    if order.items.filter(quantity__gt=10).exists():
        raise RejectPayment("sold_out", refund=False)


@receiver(payment_rejected)
def tell(sender: Any, transaction: AbstractTransaction, order: Any, reason: str, **kwargs: Any) -> None:
    assert_type(transaction.merchant_uid, str)


class Membership(PayableMixin):
    price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        app_label = "typing"

    def get_payment_amount(self) -> Decimal:
        return self.price

    def get_payment_currency(self) -> str:
        return "USD"

    def get_payment_name(self) -> str:
        return "Membership"

    def get_buyer(self) -> dict[str, str]:
        return {"buyer_name": "Kim"}

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return bool(transaction.amount == self.price)

    def accepts_discount(self, transaction: AbstractTransaction, discount: Decimal) -> bool:
        return discount < 1000


class Purchase(AbstractOrder):
    class Meta(AbstractOrder.Meta):
        app_label = "typing"

    def accepts_payment(self, transaction: AbstractTransaction) -> bool:
        return super().accepts_payment(transaction) and self.amount < 1_000_000


class Line(AbstractOrderItem):
    order = models.ForeignKey(Purchase, on_delete=models.CASCADE, related_name="items")

    class Meta:
        app_label = "typing"

    def get_total(self) -> Decimal:
        return super().get_total() * 2


class OrderForm(forms.ModelForm[Order]):
    class Meta:
        model = Order
        fields = ("buyer_name",)


class Cart(views.OrderFormMixin):
    form_class = OrderForm

    def get_items(self) -> Sequence[OrderItem]:
        return [OrderItem(name="Tea", price=25_000, quantity=2)]

    def get_amount(self, items: Any) -> Decimal:
        return super().get_amount(items) + 3_000

    def get_name(self, items: Sequence[Any]) -> str:
        return super().get_name(items)


class OrderCreate(Cart, views.OrderCreateView):
    template_name = "shop/order.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(title="Order", **kwargs)


class OrderCreateAjax(Cart, views.OrderCreateAjaxView):
    transaction_model = OrderTransaction

    def find_order_by_key(self, key: str) -> Order | None:
        return Order.objects.filter(checkout_key=key).first()

    def get_request_pay(self, order: Order, attempt: AbstractTransaction) -> dict[str, Any]:
        return {"digital": False}

    def get_asked(self, order: Order) -> dict[str, Any]:
        return {"escrow": True}

    def may_pay(self, order: Order) -> bool:
        return super().may_pay(order) or self.request.user.is_staff


class Validation(views.OrderImpAjaxView):
    def get_next(self, heard: AbstractTransaction) -> str | None:
        return super().get_next(heard) or "/"


class Hook(views.WebhookView):
    max_body = 10_000


class Checkout(views.CheckoutPageMixin, TemplateView):
    template_name = "shop/pay.html"


@views.checkout_page
def pay(request: HttpRequest) -> HttpResponse:
    for order in paid_orders(request):
        order.items.all()
    assert_type(orders_of(request), QuerySet[Any])
    return HttpResponse()


class Attempts(TransactionInline):
    model = OrderTransaction


class TransactionAdmin(TransactionAdminMixin, admin.ModelAdmin[OrderTransaction]):
    list_display = (*TransactionAdminMixin.list_display, "note")


class OrderAdmin(OrderAdminMixin, admin.ModelAdmin[Order]):
    list_display = ("name", "shown_status", "shown_amount", "shown_pages")
    inlines = (Attempts,)
    export_fields = ("id", "buyer_name", "amount")
