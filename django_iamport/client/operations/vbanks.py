"""Virtual accounts."""

from __future__ import annotations

from datetime import datetime

from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import Buyer
from django_iamport.client.operations.payments import Payment, read_payment

ISSUE = Operation("vbanks.issue", "POST", "/vbanks", read_payment, query=("pg_api_key",), options=Buyer)
CHANGE = Operation("vbanks.change", "PUT", "/vbanks/{imp_uid}", read_payment)
VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", read_payment)


class Vbanks(Group):
    """`pg_api_key` is Inicis' own key, which only that company asks for."""

    def issue(
        self,
        channel_key: str,
        merchant_uid: str,
        amount: Amount,
        vbank_code: str,
        vbank_due: datetime,
        *,
        product_type: str | None = None,
        product_count: int | None = None,
        vbank_num: str | None = None,
        vbank_holder: str | None = None,
        vbank_key: str | None = None,
        name: str | None = None,
        business_registration_number: str | None = None,
        tax_free: Amount | None = None,
        vat_amount: Amount | None = None,
        pg_api_key: str | None = None,
        escrow_password: str | None = None,
        fixed_unlimited_vbank: bool | None = None,
        **options: Unpack[Buyer],
    ) -> Payment:
        """Issue an account without a window (by contract); answers the payment, `ready`, with its account.

        `amount` is in won, with its parts `tax_free` and `vat_amount`; `vbank_code` is the bank's three digits,
        `vbank_due` the moment until which it may be paid into. `vbank_num` (Smartro, Hecto) and `vbank_key`
        (TossPayments) choose an account that is the customer's own, `fixed_unlimited_vbank` and
        `escrow_password` are Hecto's. `Buyer` has the other parameters.

        Raises Declined where the payment company says no, Refused for a `merchant_uid` that was paid,
        OutcomeUnknown where an account may have been issued: then look `merchant_uid` up.
        """
        return self._call(ISSUE, locals())

    def change(
        self,
        imp_uid: str,
        *,
        amount: Amount | None = None,
        vbank_due: datetime | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """Change the sum (won) or the last moment of an account before the deposit (Hecto only).

        Raises Refused where no account is waiting, NotFound, OutcomeUnknown, or another GatewayError.
        """
        return self._call(CHANGE, locals())

    def void(self, imp_uid: str, *, pg_api_key: str | None = None, **options: Unpack[Options]) -> Payment:
        """Close an issued account before anything was paid into it; answers the payment as it is afterwards.

        Raises Refused where no account is waiting, NotFound, OutcomeUnknown where it may have happened, or
        another GatewayError.
        """
        return self._call(VOID, locals())
