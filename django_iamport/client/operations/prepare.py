"""Amounts registered before the payment window opens, so that it opens for no other amount."""

from __future__ import annotations

from dataclasses import dataclass

from django_iamport.client.errors import NotFound, Refused
from django_iamport.client.http.answer import Answer, DecidingText, reader
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount


@dataclass(frozen=True, slots=True, repr=False)
class Prepared(Answer):
    """An amount registered before the payment window opens. `currency` is None where none is enforced."""

    repr_fields = ("merchant_uid", "amount", "currency")
    merchant_uid: str
    amount: Amount
    currency: DecidingText


read_prepared = reader(Prepared)

CREATE = Operation("prepare.create", "POST", "/payments/prepare", read_prepared)
READ = Operation("prepare.read", "GET", "/payments/prepare/{merchant_uid}", read_prepared)
CHANGE = Operation("prepare.change", "PUT", "/payments/prepare", read_prepared)

ALREADY_REGISTERED = 1


class Prepare(Group):
    def create(
        self, merchant_uid: str, amount: Amount, currency: str = "KRW", **options: Unpack[Options]
    ) -> Prepared:
        """Register the amount (won, or main units of `currency`) under a new `merchant_uid`.

        A number that is registered already is read back: the same amount and currency are a success, others
        are changed to these. So this may be repeated after any error, OutcomeUnknown included.

        Raises Refused where the gateway says no for another reason, or another GatewayError.
        """
        try:
            return self._call(CREATE, locals())
        except Refused as refused:
            # The same code serves for other refusals, and texts are not for branching: ask what is there.
            if refused.gateway_code != ALREADY_REGISTERED:
                raise
            follow_up: Options = {**options, "extra_query": {}, "extra_body": {}}
            try:
                known = self.read(merchant_uid, **follow_up)
            except NotFound:
                raise refused from None
        if known.amount == amount and known.currency == currency:
            return known
        return self.change(merchant_uid, amount, currency, **options)

    def read(self, merchant_uid: str, **options: Unpack[Options]) -> Prepared:
        """What is registered under this `merchant_uid`. Raises NotFound, or another GatewayError."""
        try:
            return self._call(READ, locals())
        except Refused as refused:
            # The gateway's description is silent on an unknown number: 404, or 200 with a code.
            if refused.status != 200:
                raise
        raise NotFound(operation=READ.name, merchant_uid=merchant_uid, status=200)

    def change(
        self, merchant_uid: str, amount: Amount, currency: str = "KRW", **options: Unpack[Options]
    ) -> Prepared:
        """Register another amount (won, or main units of `currency`) under a known `merchant_uid`.

        Raises NotFound where nothing is registered, OutcomeUnknown where it may have happened (repeating is
        harmless), or another GatewayError.
        """
        return self._call(CHANGE, locals())
