"""Operations of single payment companies: Benepia's points, PAYCO's order status, Paymentwall's deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django_iamport.client.http.answer import Answer, reader
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import Buyer, ChargingGroup
from django_iamport.client.operations.payments import Payment, read_payment


@dataclass(frozen=True, slots=True, repr=False)
class Points(Answer):
    """How many points (won) a person has."""

    repr_fields = ("point",)
    point: Amount


@dataclass(frozen=True, slots=True, repr=False)
class OrderStatus(Answer):
    """An order's status as PAYCO has it now."""

    repr_fields = ("status",)
    status: str


@dataclass(frozen=True, slots=True, repr=False)
class DeliveryReport(Answer):
    """What Paymentwall says of a registered delivery."""

    repr_fields = ("error_code", "error")
    error_code: int | None
    error: str | None
    notices: tuple[str, ...]


class ShippingAddress(Options, total=False):
    """How a parcel travels and where it goes."""

    carrier_type: str | None
    carrier_tracking_id: str | None
    shipping_address_country: str | None
    shipping_address_city: str | None
    shipping_address_zip: str | None
    shipping_address_state: str | None
    shipping_address_street: str | None
    shipping_address_phone: str | None
    shipping_address_firstname: str | None
    shipping_address_lastname: str | None


POINT = Operation("benepia.point", "POST", "/benepia/point", reader(Points), only_reads=True)
PAY = Operation("benepia.pay", "POST", "/benepia/payment", read_payment, options=Buyer)
CHANGE_STATUS = Operation(
    "payco.change_status", "POST", "/payco/orders/status/{imp_uid}", reader(OrderStatus)
)
REGISTER_DELIVERY = Operation(
    "paymentwall.register_delivery",
    "POST",
    "/paymentwall/delivery",
    reader(DeliveryReport),
    options=ShippingAddress,
)


class Benepia(ChargingGroup):
    """Welfare points, through KCP."""

    def point(
        self, benepia_user: str, benepia_password: str, channel_key: str, **options: Unpack[Options]
    ) -> Points:
        """How many points a person has. Raises Refused for wrong data, or another GatewayError."""
        return self._call(POINT, locals())

    def pay(
        self,
        benepia_user: str,
        benepia_password: str,
        merchant_uid: str,
        amount: Amount,
        name: str,
        channel_key: str,
        *,
        benepia_member_code: str | None = None,
        **options: Unpack[Buyer],
    ) -> Payment:
        """Pay `amount` won with points; without `benepia_member_code` it is a test.

        Raises Declined, Refused, or OutcomeUnknown where it may have been paid: then look `merchant_uid` up.
        """
        return self._charge(PAY, locals())


class Payco(Group):
    def change_status(self, imp_uid: str, status: str, **options: Unpack[Options]) -> OrderStatus:
        """Tell PAYCO of an order: DELIVERY_START, PURCHASE_DECISION or CANCELED. Raises GatewayError."""
        return self._call(CHANGE_STATUS, locals())


class Paymentwall(Group):
    def register_delivery(
        self,
        imp_uid: str,
        merchant_uid: str,
        type: str,  # noqa: A002 - the gateway's word
        status: str,
        estimated_delivery_datetime: datetime,
        estimated_update_datetime: datetime,
        refundable: str,
        shipping_address_email: str,
        *,
        reason: str | None = None,
        details: str | None = None,
        **options: Unpack[ShippingAddress],
    ) -> DeliveryReport:
        """Tell Paymentwall how far a delivery is.

        `type` is `physical` or `digital`, `status` `order_placed`, `order_shipped`, `delivering` or `delivered`,
        `refundable` `yes` or `no`.

        Raises Declined, Refused, OutcomeUnknown (repeating is harmless), or another GatewayError.
        """
        return self._call(REGISTER_DELIVERY, locals())
