"""What the views take and answer; a schema is drawn from these."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import name_of_order
from django_iamport.rules.status import Status

__all__ = ["STATUSES", "CheckoutSerializer", "TransactionSerializer", "ValidationSerializer"]

# For drf-spectacular's ENUM_NAME_OVERRIDES, where the shop has a `status` of its own.
STATUSES = [(status.value, status.value) for status in Status]


class CheckoutSerializer(serializers.Serializer[Any]):
    """Begins an attempt to pay an order."""

    order_id = serializers.CharField(
        write_only=True,
        help_text="The order by kind and key, shop.order:17; a key alone is of the view's own kind.",
    )
    return_to = serializers.CharField(
        write_only=True, required=False, help_text="One of IAMPORT_RETURN_URLS, by its name."
    )
    channel = serializers.CharField(
        write_only=True, required=False, help_text="One of IAMPORT_CHANNELS, by its name."
    )
    void_account = serializers.BooleanField(
        write_only=True,
        required=False,
        help_text="The customer agreed to give up a virtual account that waits for its deposit.",
    )
    merchant_uid = serializers.CharField(read_only=True, help_text="The number of the attempt.")
    request_pay = serializers.DictField(
        read_only=True, help_text="The parameters of `IMP.request_pay`, as they are."
    )


class ValidationSerializer(serializers.Serializer[Any]):
    """Says how an attempt stands; with an `imp_uid`, after the gateway was asked about that payment."""

    merchant_uid = serializers.CharField()
    imp_uid = serializers.CharField(
        write_only=True, required=False, help_text="What the window's callback was given."
    )
    ask = serializers.BooleanField(
        write_only=True, required=False, help_text="False reads what the shop knows, without the gateway."
    )
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    next = serializers.CharField(
        read_only=True, allow_null=True, help_text="The shop's own receipt page; null while there is none."
    )
    message = serializers.CharField(read_only=True, help_text="Why it failed, in the customer's language.")


class TransactionSerializer(serializers.Serializer[AbstractTransaction]):
    """An attempt as its customer may read it; nobody's name, card or account but the one to pay into."""

    merchant_uid = serializers.CharField(read_only=True)
    order_id = serializers.SerializerMethodField(help_text="The order by kind and key, shop.order:17.")
    status = serializers.ChoiceField(choices=STATUSES, read_only=True)
    status_display = serializers.CharField(source="get_status_display", read_only=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    currency = serializers.CharField(read_only=True)
    paid_amount = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True, allow_null=True)
    cancel_amount = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    pay_method = serializers.CharField(read_only=True)
    paid_at = serializers.DateTimeField(read_only=True, allow_null=True)
    receipt_url = serializers.CharField(read_only=True)
    vbank_name = serializers.CharField(read_only=True)
    vbank_num = serializers.CharField(read_only=True)
    vbank_holder = serializers.CharField(read_only=True)
    vbank_date = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_order_id(self, attempt: AbstractTransaction) -> str:
        return name_of_order(attempt)
