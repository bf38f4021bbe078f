"""Payments that the gateway makes later with a billing key: planned, looked up, listed for a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypedDict

from django_iamport.client.http.answer import Answer, DecidingText, Page, page_of, reader, rows_of
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.paging import walk
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount


class _Planned(TypedDict):
    merchant_uid: str
    schedule_at: datetime
    amount: Amount
    name: str


class PlannedPayment(_Planned, total=False):
    """One payment to be made later. What is missing of the buyer is taken from the billing key."""

    currency: str
    tax_free: Amount
    vat_amount: Amount
    buyer_name: str
    buyer_email: str
    buyer_tel: str
    buyer_addr: str
    buyer_postcode: str
    custom_data: str | Mapping[str, Any]
    notice_url: str
    product_type: str
    product_count: int
    cash_receipt_type: str
    card_quota: int
    interest_free_by_merchant: bool
    use_card_point: bool
    browser_ip: str
    extra: Mapping[str, Any]
    bypass: str | Mapping[str, Any]
    promotion_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Schedule(Answer):
    """A payment that is to be made, or was made, at `schedule_at`.

    `schedule_status` is `scheduled`, `executed` or `revoked`; `payment_status` is None until it was executed,
    then `paid`, `failed` or `cancelled`.
    """

    repr_fields = (
        "merchant_uid",
        "imp_uid",
        "schedule_at",
        "schedule_status",
        "payment_status",
        "amount",
        "currency",
    )
    merchant_uid: DecidingText
    imp_uid: DecidingText
    customer_uid: DecidingText
    customer_id: str | None
    schedule_at: datetime | None
    executed_at: datetime | None
    revoked_at: datetime | None
    schedule_status: DecidingText
    payment_status: DecidingText
    fail_reason: str | None
    amount: Amount | None
    currency: DecidingText
    name: str | None
    pg_provider: str | None
    pg_id: str | None
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    custom_data: str | None
    promotion_id: str | None


read_schedule = reader(Schedule)
read_schedules = rows_of(read_schedule)
# An array in the description, a page to official clients.
read_schedule_page = page_of(read_schedule, array_may_go_on=True)


class CustomerSchedules(Group):
    """The gateway lists the schedules of a billing key under two paths, which answer the same."""

    _schedules_of: ClassVar[Operation[Page[Schedule]]]

    def schedules_of(
        self,
        customer_uid: str,
        from_: datetime,
        to: datetime,
        *,
        schedule_status: str | None = None,
        **options: Unpack[Options],
    ) -> Iterator[Schedule]:
        """All schedules of a billing key in a window of at most three months, read page by page.

        `from_` is inclusive, `to` is not; `schedule_status` is `scheduled`, `executed` or `revoked`.

        Raises GatewayError where a page could not be read.
        """

        def ask(page: int) -> Page[Schedule]:
            return self.schedules_of_page(
                customer_uid, from_, to, schedule_status=schedule_status, page=page, **options
            )

        return walk(self._schedules_of, ask)

    def schedules_of_page(
        self,
        customer_uid: str,
        from_: datetime,
        to: datetime,
        *,
        schedule_status: str | None = None,
        page: int | None = None,
        **options: Unpack[Options],
    ) -> Page[Schedule]:
        """One page of the schedules of a billing key, as `schedules_of` reads it.

        Raises Refused for a window of more than three months, or another GatewayError.
        """
        return self._call(self._schedules_of, locals())
