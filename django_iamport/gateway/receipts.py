"""Cash receipts at the gateway: of a payment by its `imp_uid`, of other cash by the shop's own number.

Issuing and cancelling raise `OutcomeUnknown` where the gateway may have done it, `Refused`, `Conflict` or
`NotFound` where it surely did not, any other `GatewayError` where the request did not get through.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.views.decorators.debug import sensitive_variables

from django_iamport.exceptions import NotFound, OutcomeUnknown, UnexpectedAnswer
from django_iamport.rules.texts import storable

from .connection import client
from .moments import as_stored
from .payload import web_address

if TYPE_CHECKING:
    from django_iamport.client.results import Receipt

# What a payment company may ask for beside the number.
FIELDS = frozenset(
    {
        *("product_type", "company_tel", "company_name", "corp_reg_no"),
        *("buyer_name", "buyer_email", "buyer_tel", "tax_free", "vat_amount"),
    }
)
OF_PAYMENTS_ALONE = frozenset({"company_tel", "company_name"})


@dataclass(frozen=True, slots=True)
class SeenReceipt:
    """A receipt as the gateway showed it, sums in won; None or empty where it said nothing."""

    type: str
    amount: Decimal | None
    vat: Decimal | None
    receipt_tid: str
    apply_num: str
    receipt_url: str
    applied_at: datetime | None
    cancelled_at: datetime | None


def find(*, imp_uid: str, merchant_uid: str) -> SeenReceipt | None:
    """The last receipt of a payment, or, without an `imp_uid`, of a sale elsewhere; None where there was none."""
    receipts = client().receipts
    try:
        told = receipts.find(imp_uid) if imp_uid else receipts.find_external(merchant_uid)
    except NotFound:
        return None
    seen = _seen(told, imp_uid, merchant_uid)
    if seen is None:
        raise UnexpectedAnswer("The gateway answered with a receipt other than the one requested.")
    return seen


@sensitive_variables()
def issue(
    imp_uid: str,
    identifier: str,
    *,
    identifier_type: str,
    receipt_type: str,
    facts: Mapping[str, Any],
) -> SeenReceipt:
    """Of what is left of a payment; `facts` are of `FIELDS`, empty ones are not sent."""
    told = client().receipts.issue(
        imp_uid, identifier, identifier_type=identifier_type, type=receipt_type, **_sent(facts)
    )
    return _done(_seen(told, imp_uid, ""))


@sensitive_variables()
def issue_external(
    merchant_uid: str,
    identifier: str,
    *,
    channel_key: str,
    name: str,
    amount: Decimal,
    identifier_type: str,
    receipt_type: str,
    facts: Mapping[str, Any],
) -> SeenReceipt:
    """Of `amount` won that was paid elsewhere for `name`."""
    told = client().receipts.issue_external(
        merchant_uid,
        channel_key,
        name,
        amount,
        identifier,
        identifier_type=identifier_type,
        type=receipt_type,
        **_sent({key: value for key, value in facts.items() if key not in OF_PAYMENTS_ALONE}),
    )
    return _done(_seen(told, "", merchant_uid))


def cancel(*, imp_uid: str, merchant_uid: str) -> SeenReceipt:
    receipts = client().receipts
    told = receipts.cancel(imp_uid) if imp_uid else receipts.cancel_external(merchant_uid)
    return _done(_seen(told, imp_uid, merchant_uid))


def _done(seen: SeenReceipt | None) -> SeenReceipt:
    """Something was done; where the answer speaks of another receipt, it has to be looked up what."""
    if seen is None:
        raise OutcomeUnknown("the gateway answered with a receipt other than the one requested")
    return seen


def _sent(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name in FIELDS and value not in (None, "")}


def _seen(told: Receipt, imp_uid: str, merchant_uid: str) -> SeenReceipt | None:
    """None for a receipt of something else."""
    if (imp_uid and told.imp_uid != imp_uid) or (not imp_uid and told.merchant_uid != merchant_uid):
        return None
    return SeenReceipt(
        type=told.type or "",
        amount=None if told.amount is None else Decimal(told.amount),
        vat=None if told.vat is None else Decimal(told.vat),
        receipt_tid=storable(told.receipt_tid or "")[:100],
        apply_num=storable(told.apply_num or "")[:40],
        receipt_url=web_address(told.receipt_url),
        applied_at=as_stored(told.applied_at) if told.applied_at else None,
        cancelled_at=as_stored(told.cancelled_at) if told.cancelled_at else None,
    )
