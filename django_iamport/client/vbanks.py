"""Virtual accounts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django_iamport.client.operation import Group, Operation, Options
from django_iamport.client.results import Payment, read_payment
from django_iamport.client.wire import Amount

if TYPE_CHECKING:
    from typing_extensions import Unpack

CHANGE = Operation("vbanks.change", "PUT", "/vbanks/{imp_uid}", read_payment)
VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", read_payment)


class Vbanks(Group):
    def change(
        self,
        imp_uid: str,
        *,
        amount: Amount | None = None,
        vbank_due: datetime | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """Change the sum (won) or the last moment of an account before the deposit (Hecto only).

        Raises Refused where it is no waiting account, NotFound, OutcomeUnknown, or another GatewayError.
        """
        return self._call(CHANGE, locals())

    def void(self, imp_uid: str, *, pg_api_key: str | None = None, **options: Unpack[Options]) -> Payment:
        """Close an issued account before anything was paid into it; answers the payment as it is afterwards.

        `pg_api_key` is Inicis' own key, which only that company asks for.

        Raises Refused where it is no waiting account, NotFound, OutcomeUnknown where it may have happened, or
        another GatewayError.
        """
        return self._call(VOID, locals())
