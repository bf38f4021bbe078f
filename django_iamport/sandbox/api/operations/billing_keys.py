"""Billing keys, and what was paid or is scheduled with them."""

from ...rules.billing import billing_keys, charges
from ...rules.payments import records
from ...rules.refusals import (
    KEY_NOT_ISSUED,
    NOT_CONTRACTED,
    Refusal,
    refused_by_pg,
    wrong_parameter,
)
from ...state.stores import Row
from ..bodies import LONGEST_CUSTOMER, LONGEST_CUSTOMER_UID, card_data, texts
from ..calls import Call, Result
from . import subscribe


def issue(call: Call, customer_uid: str) -> Result:
    """Keep a card; an account without smart routing has no keys of several channels."""
    body, account = call.body, call.account
    if len(customer_uid) > LONGEST_CUSTOMER_UID:
        raise wrong_parameter()
    if body.text("channel_group_id"):
        raise refused_by_pg(NOT_CONTRACTED)
    channel = account.channels.of_request(body.text("channel_key"), body.text("pg"))
    with account.store.exclusive():
        try:
            card = charges.read_card(account, card_data(body))
        except ValueError as invalid:
            raise refused_by_pg(f"{KEY_NOT_ISSUED} {invalid}") from None
        customer = texts(body, LONGEST_CUSTOMER)
        row = billing_keys.issue(account.store, customer_uid, channel, card, call.now, customer)
    return Result(billing_keys.as_json(row))


def find(call: Call, customer_uid: str) -> Result:
    return Result(billing_keys.as_json(_known(call, customer_uid)))


def find_many(call: Call) -> Result:
    """207 where some are unknown, 404 where all are."""
    wanted = call.query.values("customer_uid")
    rows = [billing_keys.find(call.account.store, each) for each in wanted]
    found = [billing_keys.as_json(row) for row in rows if row is not None]
    if not found:
        raise billing_keys.unknown(*wanted)
    return Result(found, 200 if len(found) == len(wanted) else 207)


def delete(call: Call, customer_uid: str) -> Result:
    with call.account.store.exclusive():
        _known(call, customer_uid)
        return Result(billing_keys.as_json(billing_keys.delete(call.account.store, customer_uid)))


def payments_page(call: Call, customer_uid: str) -> Result:
    """What was paid with the key, or tried to, the newest first."""
    store, paging = call.account.store, call.lenient_paging
    _known(call, customer_uid)
    total = store.count("payment", customer_uid=customer_uid)
    rows = store.find("payment", start=paging.start, limit=paging.limit, customer_uid=customer_uid)
    return Result(paging.as_json(total, [records.as_json(row) for row in rows]))


def schedules_of_page(call: Call, customer_uid: str) -> Result:
    """What the same page of `subscribe` lists."""
    return subscribe.schedules_of_page(call, customer_uid)


def _known(call: Call, customer_uid: str) -> Row:
    """The key; clients have seen HTTP 200 with a code where there is none, the description says 404."""
    try:
        return billing_keys.read(call.account.store, customer_uid)
    except Refusal as refusal:
        if call.account.answers_as_described:
            raise
        raise Refusal(1, refusal.text) from None
