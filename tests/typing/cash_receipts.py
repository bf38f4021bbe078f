"""A shop that issues cash receipts, as mypy --strict sees it; never run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from typing_extensions import assert_type

from django_iamport.admin import TransactionAdminMixin
from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.admin import CashReceiptAdmin, CashReceiptButtonMixin
from django_iamport.contrib.cash_receipts.exceptions import CashReceiptRefused
from django_iamport.contrib.cash_receipts.forms import CashReceiptForm
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.contrib.cash_receipts.views import CashReceiptView
from django_iamport.models import AbstractTransaction
from django_iamport.models.order import ShopOrder
from tests.shop.models import OrderTransaction


class Form(CashReceiptForm):
    allowed_identifiers = ("phone", "person")


class View(CashReceiptView):
    form_class = Form

    def may_ask_cash_receipt(self, order: ShopOrder) -> bool:
        return super().may_ask_cash_receipt(order)

    def get_context_data(
        self, attempt: AbstractTransaction, form: CashReceiptForm | None = None
    ) -> dict[str, Any]:
        return {**super().get_context_data(attempt, form), "title": "receipt"}


class TransactionAdmin(CashReceiptButtonMixin, TransactionAdminMixin, admin.ModelAdmin[OrderTransaction]):
    pass


class Receipts(CashReceiptAdmin):
    list_filter = ("status",)


def issue(transaction: OrderTransaction, request: HttpRequest) -> str:
    try:
        receipt = receipts.issue(transaction, "010-1234-5678", type="person", by=request.user)
    except CashReceiptRefused as error:
        return error.gateway_message
    assert_type(receipt, CashReceipt)
    assert_type(receipt.amount, Decimal)
    assert_type(receipts.look_up(transaction), CashReceipt | None)
    assert_type(CashReceipt.objects.of(transaction).open().first(), CashReceipt | None)
    receipts.cancel(receipt, reason="wrong number", by="operator:1")
    external = receipts.issue_external(11_000, "120-81-47521", type="company", name="Tea", buyer_name="Kim")
    return external.apply_num
