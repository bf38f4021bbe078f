"""KCP QuickPay: prepaid money and automatic payment of the shop's own members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django_iamport.client.http.answer import Answer, nothing, reader
from django_iamport.client.http.operation import Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import ChargingGroup
from django_iamport.client.operations.payments import Payment, read_payment


@dataclass(frozen=True, slots=True, repr=False)
class Member(Answer):
    """A member who was deleted."""

    repr_fields = ("pg_provider", "inserted", "updated")
    member_id: str
    pg_provider: str | None
    pg_id: str | None
    inserted: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class DeletedKey(Answer):
    """Whose automatic payment was ended."""

    customer_uid: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ReleasedMember(Answer):
    """Whose biometric approval was switched off."""

    member_id: str | None


class PrepareFields(Options, total=False):
    """For prepaid money (`prepaid_auth_yn` Y or N, `prepaid_amount` in won) and for its use in a store."""

    prepaid_auth_yn: str | None
    prepaid_amount: Amount | None
    vender_type: str | None
    reward_id: str | None


PREPARED = "/kcpquick/prepare/{merchant_uid}"
PREPARE = Operation("kcpquick.prepare", "POST", PREPARED, nothing, options=PrepareFields)
CHANGE_PREPARED = Operation("kcpquick.change_prepared", "PUT", PREPARED, nothing, options=PrepareFields)
PAY_WITH_MONEY = Operation("kcpquick.pay_with_money", "POST", "/kcpquick/payment/money", read_payment)
AUTOPAY = Operation("kcpquick.autopay", "POST", "/kcpquick/payment/autopay", read_payment)
DELETE_AUTOPAY_KEY = Operation(
    "kcpquick.delete_autopay_key", "DELETE", "/kcpquick/autopay/{customer_uid}", reader(DeletedKey)
)
DELETE_MEMBER = Operation("kcpquick.delete_member", "DELETE", "/kcpquick/members/{member_id}", reader(Member))
RELEASE_FIDO = Operation(
    "kcpquick.release_fido", "POST", "/kcpquick/members/{member_id}/fido/release", reader(ReleasedMember)
)


class KcpQuick(ChargingGroup):
    """What pays raises Declined where KCP says no, and OutcomeUnknown where it may have been paid: then look
    `merchant_uid` up, and never simply repeat.
    """

    def prepare(
        self,
        merchant_uid: str,
        btid: str,
        cust_ip: str,
        code_verifier: str,
        **options: Unpack[PrepareFields],
    ) -> None:
        """Register a transaction before the window opens.

        `btid` is the shop's number of it (at most 20 characters), `cust_ip` the buyer's address,
        `code_verifier` a random text that proves who asked.

        Raises Conflict where it is registered already, OutcomeUnknown, or another GatewayError.
        """
        return self._call(PREPARE, locals())

    def change_prepared(
        self,
        merchant_uid: str,
        btid: str,
        cust_ip: str,
        code_verifier: str,
        **options: Unpack[PrepareFields],
    ) -> None:
        """Register a transaction's data anew. Raises NotFound, OutcomeUnknown, or another GatewayError."""
        return self._call(CHANGE_PREPARED, locals())

    def pay_with_money(
        self,
        member_id: str,
        channel_key: str,
        merchant_uid: str,
        name: str,
        amount: Amount,
        imp_uid: str,
        *,
        notice_url: str | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """Pay `amount` won with prepaid money; `imp_uid` is that of the PIN's check.

        Raises Declined, Refused, OutcomeUnknown, or another GatewayError.
        """
        return self._charge(PAY_WITH_MONEY, locals())

    def autopay(
        self,
        customer_uid: str,
        merchant_uid: str,
        name: str,
        buyer_name: str,
        amount: Amount,
        *,
        notice_url: str | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """Charge `amount` won to a key of automatic payment.

        Raises Declined, Refused, OutcomeUnknown, or another GatewayError.
        """
        return self._charge(AUTOPAY, locals())

    def delete_autopay_key(self, customer_uid: str, **options: Unpack[Options]) -> DeletedKey:
        """Delete a key of automatic payment. Raises NotFound, OutcomeUnknown, or another GatewayError."""
        return self._call(DELETE_AUTOPAY_KEY, locals())

    def delete_member(
        self,
        member_id: str,
        site_code: str,
        partner_type: str,
        partner_subtype: str,
        **options: Unpack[Options],
    ) -> Member:
        """Delete a member, named with the codes used at the registration.

        Raises NotFound, OutcomeUnknown, or another GatewayError.
        """
        return self._call(DELETE_MEMBER, locals())

    def release_fido(self, member_id: str, channel_key: str, **options: Unpack[Options]) -> ReleasedMember:
        """Switch a member's biometric approval off.

        Raises Declined with KCP's words where KCP refuses, OutcomeUnknown, or another GatewayError.
        """
        return self._call(RELEASE_FIDO, locals())
