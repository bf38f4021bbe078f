"""Payments from server to server: at once, or scheduled."""

from typing import Any

from ...rules.billing import billing_keys, cards, charges, schedules
from ...rules.payments import records
from ...rules.refusals import (
    CARD_NOT_CHECKED,
    KEY_NOT_ISSUED,
    NO_CUSTOMER_DATA,
    Refusal,
    refused_by_pg,
    wrong_parameter,
)
from ...state.stores import Row, Span
from ..bodies import card_data, customer_uid, order
from ..calls import Call, Result
from ..parameters import Parameters

LONGEST_SPAN = 93 * 24 * 60 * 60
"""Three months, the longest there are."""

SORTINGS = {None: "-schedule_at", "scheduled": "schedule_at", "-scheduled": "-schedule_at"}


def onetime(call: Call) -> Result:
    body = call.body
    data = {**card_data(body), "customer_uid": customer_uid(body)}
    if not data["card_number"] or not data["expiry"]:
        raise wrong_parameter()
    group_id = body.text("channelGroupId") or body.text("channel_group_id")
    channel = call.account.channels.of_request(body.text("channel_key"), body.text("pg"), group_id)
    return Result(records.as_json(charges.onetime(call.account, order(body), channel, data)))


def again(call: Call) -> Result:
    key = customer_uid(call.body)
    if key is None:
        raise wrong_parameter()
    return Result(records.as_json(charges.again(call.account, order(call.body), key)))


def schedule(call: Call) -> Result:
    """Of a billing key that is there, or of one that is issued with the card data."""
    body, account = call.body, call.account
    requests = [_schedule_request(each) for each in body.objects("schedules")]
    if not requests or customer_uid(body) is None:
        raise wrong_parameter()
    with account.store.exclusive():
        rows = schedules.create(account, _key(call), requests)
    return _schedules(call, rows)


def unschedule(call: Call) -> Result:
    merchant_uids = call.body.values("merchant_uid")
    return _schedules(call, schedules.revoke(call.account, customer_uid(call.body), merchant_uids))


def find_schedule(call: Call, merchant_uid: str) -> Result:
    return _schedule(call, schedules.read(call.account.store, merchant_uid))


def schedules_page(call: Call) -> Result:
    """Those of a span of time, the last first unless asked otherwise."""
    query = call.query
    sorting = query.text("sorting")
    if sorting not in SORTINGS:
        raise wrong_parameter()
    span, status = _span(query, "schedule_from", "schedule_to"), _status(query, "schedule_status")
    return _page(call, span, SORTINGS[sorting], status=status)


def schedules_of_page(call: Call, customer_uid: str) -> Result:
    """Those of a billing key within a span of time, the last first."""
    status = _status(call.query, "schedule-status")
    return _page(
        call, _span(call.query, "from", "to"), "-schedule_at", customer_uid=customer_uid, status=status
    )


def move_schedule(call: Call, merchant_uid: str) -> Result:
    moment = call.body.needed_whole("schedule_at")
    return _schedule(call, schedules.move(call.account, merchant_uid, moment))


def reschedule(call: Call, merchant_uid: str) -> Result:
    moment = call.body.needed_whole("schedule_at")
    return _schedule(call, schedules.reschedule(call.account, merchant_uid, moment))


def retry(call: Call, merchant_uid: str) -> Result:
    return Result(records.as_json(schedules.retry(call.account, merchant_uid)))


def _schedule_request(body: Parameters) -> schedules.ScheduleRequest:
    return schedules.ScheduleRequest(order(body), body.needed_whole("schedule_at"))


def _key(call: Call) -> Row:
    """The billing key, issued anew where there is card data; `checking_amount` won are tried at once."""
    body, account = call.body, call.account
    uid, data = customer_uid(body) or "", card_data(body)
    if not data["card_number"]:
        key = billing_keys.find(account.store, uid)
        if key is None:
            raise Refusal(1, NO_CUSTOMER_DATA)
        return key
    channel = call.account.channels.of_request(body.text("channel_key"))
    try:
        card = charges.read_card(account, data)
    except ValueError as invalid:
        raise refused_by_pg(f"{KEY_NOT_ISSUED} {invalid}") from None
    checking_amount = body.amount("checking_amount", "KRW")
    if checking_amount:
        declined = cards.decline(account.store, card.kept, checking_amount, call.now)
        if declined:
            raise refused_by_pg(f"{CARD_NOT_CHECKED} {declined}")
        cards.give_back(account.store, card.test_number, checking_amount)
    customer = {"customer_id": body.text("customer_id")}
    return billing_keys.issue(account.store, uid, channel, card, call.now, customer)


def _span(query: Parameters, start: str, end: str) -> Span:
    """From `start` to before `end`."""
    first, last = query.needed_whole(start), query.needed_whole(end)
    if not 0 < last - first <= LONGEST_SPAN:
        raise wrong_parameter()
    return Span("schedule_at", first, last - 1)


def _status(query: Parameters, name: str) -> str | None:
    status = query.text(name)
    if status not in (None, *schedules.STATUSES):
        raise wrong_parameter()
    return status


def _page(call: Call, span: Span, sort: str, **filters: str | None) -> Result:
    """A page, as four official clients read it; the description says that it is a plain array."""
    store, paging = call.account.store, call.lenient_paging
    rows = schedules.find(store, span, sort, paging.start, paging.limit, **filters)
    listed = schedules.as_json(store, rows)
    if call.account.answers_as_described:
        return Result(listed)
    return Result(paging.as_json(schedules.count(store, span, **filters), listed))


def _schedules(call: Call, rows: list[Row]) -> Result:
    return Result(schedules.as_json(call.account.store, rows))


def _schedule(call: Call, row: Row) -> Result:
    document: dict[str, Any] = schedules.as_json(call.account.store, [row])[0]
    return Result(document)
