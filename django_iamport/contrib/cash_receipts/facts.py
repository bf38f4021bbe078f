"""What is sent of a receipt beside its amount: whose number, which parts, what a payment company asks for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from django_iamport import conf
from django_iamport.exceptions import ChannelUnknown
from django_iamport.gateway import receipts as gateway
from django_iamport.models import AbstractTransaction
from django_iamport.rules import money

from . import rules
from .exceptions import CashReceiptAmountInvalid, CashReceiptIdentifierInvalid
from .rules import Identifier, IdentifierInvalid


@sensitive_variables()
def identifier(text: str, receipt_type: str) -> Identifier:
    try:
        return rules.read_identifier(text, receipt_type)
    except IdentifierInvalid as error:
        problem = error.code
    # Raised here: the other error would carry the number in its frames.
    raise CashReceiptIdentifierInvalid(f"The number is not valid: {problem}.", problem=problem)


def require_parts(facts: Mapping[str, Any], amount: Decimal) -> None:
    parts = [Decimal(facts[name]) for name in ("tax_free", "vat_amount") if facts.get(name) is not None]
    are_parts = all(part == 0 or money.is_payable(part, "KRW") for part in parts)
    if not (are_parts and money.is_payable(amount, "KRW") and sum(parts) <= amount):
        raise CashReceiptAmountInvalid("The amount and its parts have to be whole won, the parts within it.")


def named(parts: Mapping[str, int | Decimal | None]) -> dict[str, int | Decimal]:
    return {name: value for name, value in parts.items() if value is not None}


def of_the_shop() -> dict[str, Any]:
    return dict(getattr(settings, "IAMPORT_CASH_RECEIPT_FIELDS", None) or {})


def of_payment(transaction: AbstractTransaction) -> dict[str, Any]:
    """What the settings, the order's buyer (of that what may be asked for) and the order's own hook say."""
    order: Any = transaction.order
    buyer = {name: value for name, value in order.get_buyer().items() if name in gateway.FIELDS}
    hook = getattr(order, "get_cash_receipt_fields", None)
    return {**of_the_shop(), **buyer, **(hook(transaction) if hook else {})}


def channel_key(channel: str) -> str:
    named = conf.channels().get(channel, {}) if channel else {"channelKey": conf.get("IAMPORT_CHANNEL_KEY")}
    key = named.get("channelKey")
    if not key:
        raise ChannelUnknown("A cash receipt of a sale elsewhere needs a channel with a channelKey.")
    return str(key)
