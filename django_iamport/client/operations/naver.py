"""Naver Pay: product orders (order type), confirmation, points and cash receipts (payment type)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django_iamport.client.http.answer import Answer, nothing, reader, rows_of
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount


@dataclass(frozen=True, slots=True, repr=False)
class Orderer(Answer):
    """Who ordered at Naver."""

    id: str | None
    name: str | None
    tel: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Address(Answer):
    """Where the goods go."""

    base: str | None
    detail: str | None
    postcode: str | None
    tel1: str | None
    tel2: str | None
    name: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ProductOrder(Answer):
    """One product of an order, with its own state; sums in won."""

    repr_fields = ("product_order_id", "product_order_status", "claim_type", "claim_status", "quantity")
    product_order_id: str
    product_order_status: str | None
    claim_type: str | None
    claim_status: str | None
    product_id: str | None
    product_name: str | None
    product_option_id: str | None
    product_option_name: str | None
    product_amount: Amount | None
    delivery_amount: Amount | None
    quantity: int | None
    orderer: Orderer | None
    shipping_address: Address | None
    shipping_memo: str | None
    shipping_due: datetime | None
    individual_code: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Review(Answer):
    """What a buyer wrote about a product."""

    repr_fields = ("review_id", "score", "product_id", "created_at")
    review_id: str
    score: str | None
    title: str | None
    content: str | None
    product_order_id: str | None
    product_id: str | None
    product_name: str | None
    product_option_name: str | None
    writer: str | None
    created_at: datetime | None
    modified_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class CashAmount(Answer):
    """The sums, in won, for which a cash receipt can be issued."""

    repr_fields = ("amount_total", "amount_by_npoint", "amount_by_primary", "amount_supply", "amount_vat")
    amount_total: Amount
    amount_by_npoint: Amount | None
    amount_by_primary: Amount | None
    amount_supply: Amount | None
    amount_vat: Amount | None


class ProductOrderIds(Options, total=False):
    """Which product orders of the payment are meant; without it, all of them."""

    product_order_id: Sequence[str] | None


class Delivery(ProductOrderIds, total=False):
    """Who carries the parcel (Naver's word for the company, such as `CJGLS`), and its tracking number."""

    delivery_company: str | None
    tracking_number: str | None


read_order = reader(ProductOrder)


def _order_operation(
    name: str, path: str, options: type = ProductOrderIds
) -> Operation[tuple[ProductOrder, ...]]:
    full_path = f"/payments/{{imp_uid}}/naver/{path}"
    return Operation(f"naver.{name}", "POST", full_path, rows_of(read_order), options=options)


CANCEL = _order_operation("cancel", "cancel")
APPROVE_CANCEL = _order_operation("approve_cancel", "approve-cancel")
PLACE = _order_operation("place", "place")
SHIP = _order_operation("ship", "ship", Delivery)
SHIP_EXCHANGED = _order_operation("ship_exchanged", "ship-exchanged", Delivery)
COLLECT_EXCHANGED = _order_operation("collect_exchanged", "collect-exchanged")
REQUEST_RETURN = _order_operation("request_return", "request-return", Delivery)
APPROVE_RETURN = _order_operation("approve_return", "approve-return")
REJECT_RETURN = _order_operation("reject_return", "reject-return")
WITHHOLD_RETURN = _order_operation("withhold_return", "withhold-return")
RESOLVE_RETURN = _order_operation("resolve_return", "resolve-return")
PRODUCT_ORDERS = Operation(
    "naver.product_orders", "GET", "/payments/{imp_uid}/naver/product-orders", rows_of(read_order)
)
PRODUCT_ORDER = Operation(
    "naver.product_order", "GET", "/naver/product-orders/{product_order_id}", read_order
)
REVIEWS = Operation(
    "naver.reviews", "GET", "/naver/reviews", rows_of(reader(Review)), wire_names={"from_": "from"}
)
CONFIRM = Operation("naver.confirm", "POST", "/payments/{imp_uid}/naver/confirm", nothing)
DEPOSIT_POINT = Operation("naver.deposit_point", "POST", "/payments/{imp_uid}/naver/point", nothing)
CASH_AMOUNT = Operation(
    "naver.cash_amount", "GET", "/payments/{imp_uid}/naver/cash-amount", reader(CashAmount)
)


class Naver(Group):
    """What changes product orders answers those that were changed: compare with what was asked for.

    It raises NotFound for an unknown payment, Refused where Naver says no, and OutcomeUnknown where it may have
    happened: then look at `product_orders`. Reasons and ways of delivery are Naver's own words.
    """

    def cancel(
        self, imp_uid: str, *, reason: str | None = None, **options: Unpack[ProductOrderIds]
    ) -> tuple[ProductOrder, ...]:
        """Refund product orders; `reason` is by default PRODUCT_UNSATISFIED."""
        return self._call(CANCEL, locals())

    def approve_cancel(self, imp_uid: str, **options: Unpack[ProductOrderIds]) -> tuple[ProductOrder, ...]:
        """Grant the refund that the buyer asked for."""
        return self._call(APPROVE_CANCEL, locals())

    def place(self, imp_uid: str, **options: Unpack[ProductOrderIds]) -> tuple[ProductOrder, ...]:
        """Accept product orders: they will be shipped."""
        return self._call(PLACE, locals())

    def ship(
        self, imp_uid: str, delivery_method: str, dispatched_at: datetime, **options: Unpack[Delivery]
    ) -> tuple[ProductOrder, ...]:
        """Mark product orders as shipped; `delivery_method` is DELIVERY, VISIT_RECEIPT, QUICK_SVC and so on."""
        return self._call(SHIP, locals())

    def ship_exchanged(
        self, imp_uid: str, delivery_method: str, **options: Unpack[Delivery]
    ) -> tuple[ProductOrder, ...]:
        """Mark the replacements of exchanged goods as shipped."""
        return self._call(SHIP_EXCHANGED, locals())

    def collect_exchanged(self, imp_uid: str, **options: Unpack[ProductOrderIds]) -> tuple[ProductOrder, ...]:
        """Say that the goods to be exchanged have come back."""
        return self._call(COLLECT_EXCHANGED, locals())

    def request_return(
        self, imp_uid: str, delivery_method: str, *, reason: str | None = None, **options: Unpack[Delivery]
    ) -> tuple[ProductOrder, ...]:
        """Open a return for the buyer; `delivery_method` is RETURN_DESIGNATED, RETURN_DELIVERY or
        RETURN_INDIVIDUAL, `reason` by default INTENT_CHANGED.
        """
        return self._call(REQUEST_RETURN, locals())

    def approve_return(
        self, imp_uid: str, *, memo: str | None = None, **options: Unpack[ProductOrderIds]
    ) -> tuple[ProductOrder, ...]:
        """Grant a return."""
        return self._call(APPROVE_RETURN, locals())

    def reject_return(
        self, imp_uid: str, memo: str, **options: Unpack[ProductOrderIds]
    ) -> tuple[ProductOrder, ...]:
        """Turn a return down; the buyer reads `memo`."""
        return self._call(REJECT_RETURN, locals())

    def withhold_return(
        self,
        imp_uid: str,
        memo: str,
        *,
        reason: str | None = None,
        extra_charge: Amount | None = None,
        **options: Unpack[ProductOrderIds],
    ) -> tuple[ProductOrder, ...]:
        """Hold a return back; `reason` is by default ETC, `extra_charge` (won) is asked of the buyer."""
        return self._call(WITHHOLD_RETURN, locals())

    def resolve_return(self, imp_uid: str, **options: Unpack[ProductOrderIds]) -> tuple[ProductOrder, ...]:
        """Let a return that was held back go on."""
        return self._call(RESOLVE_RETURN, locals())

    def product_orders(self, imp_uid: str, **options: Unpack[Options]) -> tuple[ProductOrder, ...]:
        """The product orders of a payment. Raises NotFound, or another GatewayError."""
        return self._call(PRODUCT_ORDERS, locals())

    def product_order(self, product_order_id: str, **options: Unpack[Options]) -> ProductOrder:
        """One product order. Raises NotFound, or another GatewayError."""
        return self._call(PRODUCT_ORDER, locals())

    def reviews(
        self,
        channel_key: str,
        from_: datetime,
        to: datetime,
        review_type: str,
        **options: Unpack[Options],
    ) -> tuple[Review, ...]:
        """What buyers wrote in a window; `review_type` is `general` or `premium`. Raises GatewayError."""
        return self._call(REVIEWS, locals())

    def confirm(self, imp_uid: str, *, requester: str | None = None, **options: Unpack[Options]) -> None:
        """Confirm a purchase in escrow; `requester` is `admin` (the default) or `customer`."""
        return self._call(CONFIRM, locals())

    def deposit_point(self, imp_uid: str, **options: Unpack[Options]) -> None:
        """Grant the buyer's points for a payment."""
        return self._call(DEPOSIT_POINT, locals())

    def cash_amount(self, imp_uid: str, **options: Unpack[Options]) -> CashAmount:
        """For how much of a payment a cash receipt can be issued. Raises Refused, or another GatewayError."""
        return self._call(CASH_AMOUNT, locals())
