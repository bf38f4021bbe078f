"""Virtual accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django_iamport.client.operation import Group, Operation, Options
from django_iamport.client.results import Payment, read_payment

if TYPE_CHECKING:
    from typing_extensions import Unpack

VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", read_payment)


class Vbanks(Group):
    def void(self, imp_uid: str, *, pg_api_key: str | None = None, **options: Unpack[Options]) -> Payment:
        """Close an issued account before anything was paid into it; answers the payment as it is afterwards.

        `pg_api_key` is Inicis' own key, which only that company asks for.

        Raises Refused where it is no waiting account, NotFound, OutcomeUnknown where it may have happened, or
        another GatewayError.
        """
        return self._call(VOID, locals())
