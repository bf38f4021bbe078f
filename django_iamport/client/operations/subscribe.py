"""Payments by card data or by a billing key: now, or at a moment that the gateway keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django_iamport.client.http.answer import Page
from django_iamport.client.http.operation import Operation, Options
from django_iamport.client.http.paging import walk
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import CardCharge, ChargingGroup
from django_iamport.client.operations.payments import Payment, read_payment
from django_iamport.client.operations.schedules import (
    CustomerSchedules,
    PlannedPayment,
    Schedule,
    read_schedule,
    read_schedule_page,
    read_schedules,
)

PER_PAGE = 100


ONETIME = Operation(
    "subscribe.onetime",
    "POST",
    "/subscribe/payments/onetime",
    read_payment,
    wire_names={"channel_group_id": "channelGroupId"},
    options=CardCharge,
)
AGAIN = Operation("subscribe.again", "POST", "/subscribe/payments/again", read_payment, options=CardCharge)
SCHEDULE = Operation("subscribe.schedule", "POST", "/subscribe/payments/schedule", read_schedules)
UNSCHEDULE = Operation("subscribe.unschedule", "POST", "/subscribe/payments/unschedule", read_schedules)
FIND_SCHEDULE = Operation(
    "subscribe.find_schedule", "GET", "/subscribe/payments/schedule/{merchant_uid}", read_schedule
)
MOVE_SCHEDULE = Operation(
    "subscribe.move_schedule", "PUT", "/subscribe/payments/schedule/{merchant_uid}", read_schedule
)
RESCHEDULE = Operation(
    "subscribe.reschedule", "POST", "/subscribe/payments/schedule/{merchant_uid}/reschedule", read_schedule
)
RETRY = Operation(
    "subscribe.retry", "POST", "/subscribe/payments/schedule/{merchant_uid}/retry", read_payment
)
SCHEDULES = Operation("subscribe.schedules_page", "GET", "/subscribe/payments/schedule", read_schedule_page)
SCHEDULES_OF = Operation(
    "subscribe.schedules_of_page",
    "GET",
    "/subscribe/payments/schedule/customers/{customer_uid}",
    read_schedule_page,
    wire_names={"from_": "from", "schedule_status": "schedule-status"},
)


class Subscribe(ChargingGroup, CustomerSchedules):
    """What charges raises Declined where the card company says no, and OutcomeUnknown where it may have charged:
    then look up `merchant_uid`, and never simply repeat.
    """

    _schedules_of = SCHEDULES_OF

    def onetime(
        self,
        merchant_uid: str,
        amount: Amount,
        card_number: str,
        expiry: str,
        *,
        birth: str | None = None,
        pwd_2digit: str | None = None,
        cvc: str | None = None,
        customer_uid: str | None = None,
        pg: str | None = None,
        channel_group_id: str | None = None,
        name: str | None = None,
        secure_3d_charge_id: str | None = None,
        secure_3d_token: str | None = None,
        **options: Unpack[CardCharge],
    ) -> Payment:
        """Charge a card (`dddd-dddd-dddd-dddd`, `expiry` as `YYYY-MM`) at once; with `customer_uid`, keep it too.

        `amount` is won, or main units of `currency`. `birth` is YYMMDD, or a company's ten digits; whether
        `birth` and the first two digits of the password are needed depends on the contract. `CardCharge` has the
        other parameters.

        Raises Declined, Refused, OutcomeUnknown, or another GatewayError.
        """
        return self._charge(ONETIME, locals())

    def again(
        self,
        customer_uid: str,
        merchant_uid: str,
        amount: Amount,
        name: str,
        *,
        channel_key: str | None = None,
        product_count: int | None = None,
        cash_receipt_type: str | None = None,
        extra: Mapping[str, Any] | None = None,
        **options: Unpack[CardCharge],
    ) -> Payment:
        """Charge a stored billing key at once.

        `amount` is won, or main units of `currency`; `name` what is bought. `channel_key` chooses among the
        channels of a key that has several; `cash_receipt_type` is `person`, `company` or `anonymous` (Toss Pay).
        `CardCharge` has the other parameters.

        Raises Declined, Refused where the key is unknown, OutcomeUnknown, or another GatewayError.
        """
        return self._charge(AGAIN, locals())

    def schedule(
        self,
        customer_uid: str,
        schedules: Sequence[PlannedPayment],
        *,
        customer_id: str | None = None,
        checking_amount: Amount | None = None,
        card_number: str | None = None,
        expiry: str | None = None,
        birth: str | None = None,
        pwd_2digit: str | None = None,
        cvc: str | None = None,
        channel_key: str | None = None,
        **options: Unpack[Options],
    ) -> tuple[Schedule, ...]:
        """Have the gateway charge a billing key at given moments; answers in the order of `schedules`.

        With card data a key is issued first; `checking_amount` (won, 0 for none) is charged and given back
        then, to try the card.

        Raises Refused where the key is unknown or a `merchant_uid` is scheduled already, Declined where the card
        is refused, OutcomeUnknown where it may have happened: then look at `schedules_of` the key.
        """
        return self._call(SCHEDULE, locals())

    def unschedule(
        self,
        customer_uid: str | None = None,
        *,
        merchant_uid: str | Sequence[str] | None = None,
        **options: Unpack[Options],
    ) -> tuple[Schedule, ...]:
        """Revoke what was scheduled: these numbers, or without them all of a billing key; answers the revoked.

        Raises ValueError where it would be nothing, or no number that was meant as one; Refused,
        OutcomeUnknown (repeating is harmless), or another GatewayError.
        """
        if merchant_uid is not None and not merchant_uid:
            raise ValueError(
                "merchant_uid is empty: the gateway would revoke all schedules of the billing key"
            )
        if not (customer_uid or merchant_uid):
            raise ValueError("nothing to revoke")
        return self._call(UNSCHEDULE, locals())

    def find_schedule(self, merchant_uid: str, **options: Unpack[Options]) -> Schedule:
        """The schedule under this `merchant_uid`. Raises NotFound, or another GatewayError."""
        return self._call(FIND_SCHEDULE, locals())

    def move_schedule(self, merchant_uid: str, schedule_at: datetime, **options: Unpack[Options]) -> Schedule:
        """Give a waiting schedule another moment.

        Raises Refused where it is executed, revoked, or the moment past, NotFound, OutcomeUnknown (repeating is
        harmless), or another GatewayError.
        """
        return self._call(MOVE_SCHEDULE, locals())

    def reschedule(self, merchant_uid: str, schedule_at: datetime, **options: Unpack[Options]) -> Schedule:
        """Have a failed or revoked schedule charged again at a later moment.

        Raises Refused where it is waiting, running or paid, or the moment past, NotFound, OutcomeUnknown, or
        another GatewayError.
        """
        return self._call(RESCHEDULE, locals())

    def retry(self, merchant_uid: str, **options: Unpack[Options]) -> Payment:
        """Charge a failed or revoked schedule now.

        Raises Declined, Refused where it is waiting, running or paid, NotFound, OutcomeUnknown, or another
        GatewayError.
        """
        return self._charge(RETRY, locals())

    def schedules(
        self,
        schedule_from: datetime,
        schedule_to: datetime,
        *,
        schedule_status: str | None = None,
        sorting: str | None = None,
        limit: int = PER_PAGE,
        **options: Unpack[Options],
    ) -> Iterator[Schedule]:
        """All schedules of a window of at most three months, read page by page (`limit`) while you iterate.

        `schedule_from` is inclusive, `schedule_to` is not; `schedule_status` is `scheduled`, `executed` or
        `revoked`.

        Raises GatewayError where a page could not be read.
        """

        def ask(page: int) -> Page[Schedule]:
            return self.schedules_page(
                schedule_from,
                schedule_to,
                schedule_status=schedule_status,
                sorting=sorting,
                page=page,
                limit=limit,
                **options,
            )

        return walk(SCHEDULES, ask)

    def schedules_page(
        self,
        schedule_from: datetime,
        schedule_to: datetime,
        *,
        schedule_status: str | None = None,
        page: int | None = None,
        limit: int | None = None,
        sorting: str | None = None,
        **options: Unpack[Options],
    ) -> Page[Schedule]:
        """One page of the schedules of a window, as `schedules` reads it.

        Raises Refused for a window of more than three months, or another GatewayError.
        """
        return self._call(SCHEDULES, locals())
