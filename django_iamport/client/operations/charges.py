"""What the operations that charge a buyer without a window have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django_iamport.client.errors import Declined
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.privacy import without_private
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.payments import Payment


class Buyer(Options, total=False):
    """Who buys, and what goes with the payment.

    `notice_url` replaces the webhook addresses of the console, `custom_data` is kept as a JSON text and comes
    back with the payment.
    """

    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    notice_url: str | Sequence[str] | None
    custom_data: str | Mapping[str, Any] | None


class CardCharge(Buyer, total=False):
    """How a card is charged.

    `tax_free` and `vat_amount` are parts of the amount in its currency (`vat` is the deprecated form);
    `card_quota` is months, 0 for at once, from 50,000 won; `browser_ip` is the buyer's; `product_type` is `real`
    or `digital`; `bypass` goes to the payment company as JSON.
    """

    currency: str | None
    tax_free: Amount | None
    vat_amount: Amount | None
    vat: Amount | None
    card_quota: int | None
    interest_free_by_merchant: bool | None
    use_card_point: bool | None
    browser_ip: str | None
    product_type: str | None
    promotion_id: str | None
    bypass: str | Mapping[str, Any] | None


class ChargingGroup(Group):
    def _charge(self, operation: Operation[Payment], arguments: Mapping[str, Any]) -> Payment:
        """Send like `_call`; a payment that was tried and has failed is Declined, however the gateway says it.

        Some payment companies' refusals come as a code, others as a success whose payment reads `failed`.
        """
        payment = self._call(operation, arguments)
        if payment.status != "failed":
            return payment
        raise Declined(
            operation=operation.name,
            imp_uid=payment.imp_uid,
            merchant_uid=payment.merchant_uid,
            status=200,
            gateway_message=without_private(payment.fail_reason, arguments),
        )
