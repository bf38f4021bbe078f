"""Payments at the counter of a convenience store, by barcode (Galaxia)."""

from __future__ import annotations

from datetime import datetime

from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import Buyer
from django_iamport.client.operations.payments import Payment, read_payment

ISSUE = Operation("cvs.issue", "POST", "/cvs", read_payment, options=Buyer)
VOID = Operation("cvs.void", "DELETE", "/cvs/{imp_uid}", read_payment)


class Cvs(Group):
    def issue(
        self,
        channel_key: str,
        merchant_uid: str,
        amount: Amount,
        *,
        barcode: str | None = None,
        expired_at: datetime | None = None,
        name: str | None = None,
        confirm_url: str | None = None,
        **options: Unpack[Buyer],
    ) -> Payment:
        """Issue a barcode for `amount` won, or register a `barcode` of the shop's own.

        It may be paid until `expired_at`; `confirm_url` is asked whether the shop still accepts. `Buyer` has the
        other parameters.

        Raises Declined, Refused, OutcomeUnknown where it may have been issued: then look `merchant_uid` up.
        """
        return self._call(ISSUE, locals())

    def void(self, imp_uid: str, **options: Unpack[Options]) -> Payment:
        """Void an unpaid barcode. Raises Refused, OutcomeUnknown, or another GatewayError."""
        return self._call(VOID, locals())
