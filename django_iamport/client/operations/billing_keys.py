"""Billing keys: a buyer's card, kept at the payment company under a `customer_uid` of the shop's choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django_iamport.client.errors import Declined, NotFound, Refused
from django_iamport.client.http.answer import Answer, Found, Page, reader, rows_of
from django_iamport.client.http.operation import Operation, Options, T
from django_iamport.client.http.paging import by_hundreds, walk
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import read_object
from django_iamport.client.operations.payments import Payment, read_payment_page
from django_iamport.client.operations.schedules import CustomerSchedules, read_schedule_page


@dataclass(frozen=True, slots=True, repr=False)
class BillingKey(Answer):
    """A card under its `customer_uid`. Where `inserted` equals `updated` it is new, else a card was replaced.

    `card_type` is 0 for credit, 1 for debit.
    """

    repr_fields = ("pg_provider", "sandbox", "inserted", "updated")
    customer_uid: str
    pg_provider: str | None
    pg_id: str | None
    sandbox: bool | None
    customer_id: str | None
    card_name: str | None
    card_code: str | None
    card_issuer_code: str | None
    card_issuer_name: str | None
    card_publisher_code: str | None
    card_publisher_name: str | None
    card_number: str | None
    card_type: int | None
    customer_name: str | None
    customer_tel: str | None
    customer_email: str | None
    customer_addr: str | None
    customer_postcode: str | None
    inserted: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class SucceededChannel(Answer):
    """A channel of a group that has issued a key."""

    repr_fields = ("pg_provider", "inserted", "updated")
    pg_provider: str | None
    pg_id: str | None
    card_name: str | None
    card_code: str | None
    card_issuer_code: str | None
    card_issuer_name: str | None
    card_publisher_code: str | None
    card_publisher_name: str | None
    card_number: str | None
    card_type: int | None
    inserted: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class FailedChannel(Answer):
    """A channel of a group that has issued none; `type` is INVALID_REQUEST, PG_PROVIDER or DB_FAILED."""

    repr_fields = ("pg_provider", "type")
    type: str | None
    message: str | None
    pg_provider: str | None
    pg_id: str | None


@dataclass(frozen=True, slots=True, repr=False)
class SuperBillingKey(Answer):
    """Keys of several channels under one `customer_uid` (smart routing)."""

    repr_fields = ("succeeded_channels", "failed_channels")
    customer_uid: str
    channel_group_id: str | None = field(metadata={"wire_name": "channelGroupId"})
    customer_id: str | None
    customer_name: str | None
    customer_tel: str | None
    customer_email: str | None
    customer_addr: str | None
    customer_postcode: str | None
    succeeded_channels: tuple[SucceededChannel, ...] = field(metadata={"wire_name": "succeededChannels"})
    failed_channels: tuple[FailedChannel, ...] = field(metadata={"wire_name": "failedChannels"})


read_plain_key = reader(BillingKey)
read_super_key = reader(SuperBillingKey)


def read_key(answer: object) -> BillingKey | SuperBillingKey:
    """Only the fields show which of the two it is."""
    row = read_object(answer, "response")
    is_super = "channelGroupId" in row or "succeededChannels" in row
    return read_super_key(row) if is_super else read_plain_key(row)


KEY = "/subscribe/customers/{customer_uid}"
FIND = Operation("billing_keys.find", "GET", KEY, read_key)
FIND_MANY = Operation(
    "billing_keys.find_many",
    "GET",
    "/subscribe/customers",
    rows_of(read_key),
    wire_names={"customer_uid": "customer_uid[]"},
)
ISSUE = Operation("billing_keys.issue", "POST", KEY, read_key)
DELETE = Operation(
    "billing_keys.delete", "DELETE", KEY, read_key, wire_names={"requester": "extra[requester]"}
)
PAYMENTS = Operation("billing_keys.payments_page", "GET", f"{KEY}/payments", read_payment_page)
SCHEDULES_OF = Operation(
    "billing_keys.schedules_of_page",
    "GET",
    f"{KEY}/schedules",
    read_schedule_page,
    wire_names={"from_": "from", "schedule_status": "schedule-status"},
)


class BillingKeys(CustomerSchedules):
    """That it knows no such key, the gateway says in two ways: with 404, or with 200 and a code."""

    _schedules_of = SCHEDULES_OF

    def _call_of_known(self, operation: Operation[T], arguments: Mapping[str, Any]) -> T:
        try:
            return self._call(operation, arguments)
        except Declined:
            raise
        except Refused as refused:
            if refused.status != 200:
                raise
            raise NotFound(operation=refused.operation, status=200, **refused.ids) from None

    def find(self, customer_uid: str, **options: Unpack[Options]) -> BillingKey | SuperBillingKey:
        """The key under this `customer_uid`. Raises NotFound, or another GatewayError."""
        return self._call_of_known(FIND, locals())

    def find_many(
        self, customer_uids: Iterable[str], **options: Unpack[Options]
    ) -> Found[BillingKey | SuperBillingKey]:
        """The keys under any number of `customer_uid`s, one call for each hundred, and those not found.

        Raises GatewayError where one of the calls could not be made.
        """
        asked = [("customer_uid", uid) for uid in customer_uids]
        return by_hundreds(
            asked, lambda ids: Page(self._call_of_known(FIND_MANY, {**ids, "options": options}))
        )

    def issue(
        self,
        customer_uid: str,
        channel_key: str,
        card_number: str,
        expiry: str,
        *,
        birth: str | None = None,
        pwd_2digit: str | None = None,
        cvc: str | None = None,
        pg: str | None = None,
        channel_group_id: str | None = None,
        customer_id: str | None = None,
        customer_name: str | None = None,
        customer_tel: str | None = None,
        customer_email: str | None = None,
        customer_addr: str | None = None,
        customer_postcode: str | None = None,
        **options: Unpack[Options],
    ) -> BillingKey | SuperBillingKey:
        """Keep a card (`dddd-dddd-dddd-dddd`, `expiry` as `YYYY-MM`) under this `customer_uid`.

        A card that is there is replaced. `birth` is YYMMDD, or a company's ten digits. With `channel_group_id`
        every channel of the group issues a key.

        Raises Declined where the card is refused, OutcomeUnknown where it may have happened, or another
        GatewayError.
        """
        return self._call(ISSUE, locals())

    def delete(
        self,
        customer_uid: str,
        *,
        reason: str | None = None,
        requester: str | None = None,
        **options: Unpack[Options],
    ) -> BillingKey | SuperBillingKey:
        """Delete a key for good. Its schedules stay: look at `schedules_of` first.

        `requester` is `admin` (the default) or `customer`.

        Raises NotFound, OutcomeUnknown where it may have happened, or another GatewayError.
        """
        return self._call_of_known(DELETE, locals())

    def payments(self, customer_uid: str, **options: Unpack[Options]) -> Iterator[Payment]:
        """All payments made with a key, read page by page (20) while you iterate.

        Raises NotFound where there is no such key, or another GatewayError.
        """
        return walk(PAYMENTS, lambda page: self.payments_page(customer_uid, page=page, **options))

    def payments_page(
        self, customer_uid: str, *, page: int | None = None, **options: Unpack[Options]
    ) -> Page[Payment]:
        """One page, 20 payments, of those made with a key.

        Raises NotFound where there is no such key, or another GatewayError.
        """
        return self._call_of_known(PAYMENTS, locals())
