"""Virtual accounts."""

from __future__ import annotations

from django_iamport.client.operation import Group, Operation
from django_iamport.client.results import Payment, parse_payment

VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", parse_payment, writes=True)


class Vbanks(Group):
    def void(self, imp_uid: str) -> Payment:
        """Close an issued account before anything was paid into it; answers the payment as it is afterwards.

        Raises Refused where it is no waiting account, NotFound, OutcomeUnknown where it may have happened, or
        another GatewayError.
        """
        return self._call(VOID, ids={"imp_uid": imp_uid})
