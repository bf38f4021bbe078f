"""What this shop has the gateway do: register an amount, return money, void or change a virtual account.

Amounts are in the currency's main unit (won for KRW). Each may raise a `GatewayError`: `OutcomeUnknown` where the
gateway may have done it, `Refused`, `Conflict` or `NotFound` where it surely did not, any other where the request
did not get through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils import timezone

from django_iamport.rules.payment import Evidence

from .connection import client
from .moments import aware
from .payload import seen

if TYPE_CHECKING:
    from django_iamport.client.results import Payment

# Seconds to connect and to read: a payment company takes longer to refund than to answer, and the gateway
# waits 30 seconds for the answer to its webhook.
CANCEL_TIMEOUT = (3.05, 25)


def prepare(merchant_uid: str, amount: Decimal, currency: str) -> None:
    """Register the amount that may be paid under a `merchant_uid`."""
    client().prepare.create(merchant_uid, amount, currency)


@dataclass(frozen=True, repr=False)
class Account:
    """Where a deposit goes back to, `bank` in the payment company's code; shows nothing in its repr."""

    bank: str
    number: str
    holder: str
    tel: str = ""


def cancel(
    imp_uid: str,
    *,
    amount: Decimal,
    checksum: Decimal,
    reason: str,
    tax_free: Decimal | None = None,
    account: Account | None = None,
) -> Evidence:
    """Return money; `checksum` is what can still be returned as we know it, `tax_free` the part without VAT."""
    return _answer(
        lambda: client().payments.cancel(
            imp_uid,
            amount=amount,
            checksum=checksum,
            reason=reason,
            tax_free=tax_free,
            refund_bank=account.bank if account else None,
            refund_account=account.number if account else None,
            refund_holder=account.holder if account else None,
            refund_tel=(account.tel or None) if account else None,
            timeout=CANCEL_TIMEOUT,
        )
    )


def void_account(imp_uid: str) -> Evidence:
    """Void a virtual account that waits for its deposit."""
    return _answer(lambda: client().vbanks.void(imp_uid))


def change_account(imp_uid: str, *, amount: Decimal | None, vbank_due: datetime | None) -> Evidence:
    """Give a waiting virtual account another sum or another last moment; None leaves it as it is."""
    due = vbank_due and aware(vbank_due)
    return _answer(lambda: client().vbanks.change(imp_uid, amount=amount, vbank_due=due))


def _answer(call: Callable[[], Payment]) -> Evidence:
    asked_at = timezone.now()
    return Evidence(seen(call()), asked_at)
