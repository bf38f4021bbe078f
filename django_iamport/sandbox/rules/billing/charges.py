"""Payments from server to server: with a card's data, or with a billing key."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...state.stores import Row
from ..channels import Channel
from ..ledger import Ledger
from ..payments import orders, window
from ..payments.orders import Order
from ..refusals import CARD_NOT_CHECKED, UNKNOWN_CUSTOMER, Refusal, refused_by_pg
from . import billing_keys, cards, late_approvals
from .cards import Card

SCHEDULED = "payment.scheduled"
"""The usage of a billing key whose time had come."""


@dataclass(frozen=True)
class PaymentMeans:
    """What pays: the card's facts as payments show them, and what decides whether it does."""

    channel: Channel
    facts: Row
    kept: Row
    customer_uid: str | None = None
    usage: str | None = None


def onetime(ledger: Ledger, order: Order, channel: Channel, card_data: Mapping[str, str | None]) -> Row:
    """Pay with the data of a card; with a `customer_uid` among them, the card is kept as a billing key."""
    customer_uid = card_data.get("customer_uid")
    with ledger.store.exclusive():
        orders.refuse_paid(ledger.store, order.merchant_uid)
        try:
            card = read_card(ledger, card_data)
        except ValueError as invalid:
            row = _failed(ledger, order, channel, str(invalid))
        else:
            if customer_uid:
                billing_keys.issue(ledger.store, customer_uid, channel, card, ledger.clock.unix())
            usage = "payment" if customer_uid else None
            row = charge(ledger, order, PaymentMeans(channel, card.facts, card.kept, customer_uid, usage))
    return _answered(ledger, row)


def again(ledger: Ledger, order: Order, customer_uid: str) -> Row:
    """Pay with a billing key."""
    with ledger.store.exclusive():
        orders.refuse_paid(ledger.store, order.merchant_uid)
        key = billing_keys.find(ledger.store, customer_uid)
        if key is None:
            raise Refusal(1, UNKNOWN_CUSTOMER)
        row = charge(ledger, order, means_of(ledger, key, "payment"))
    return _answered(ledger, row)


def means_of(ledger: Ledger, key: Row, usage: str) -> PaymentMeans:
    pay_method = key.get("pay_method") or "card"
    card = ("card_code", "card_name", "card_number", "card_type") if pay_method == "card" else ()
    facts = {**{name: key[name] for name in card}, "pay_method": pay_method}
    channel = ledger.channels.of_request(key["channel_key"])
    return PaymentMeans(channel, facts, key, key["customer_uid"], usage)


def charge(ledger: Ledger, order: Order, means: PaymentMeans, reason: str | None = None) -> Row:
    """Capture, or fail; a `reason` given is one to fail for.

    What the channel doesn't take is refused, but a scheduled payment fails. A webhook reports what was captured,
    and a scheduled payment in any case.
    """
    now = ledger.clock.unix()
    if means.usage == SCHEDULED:
        reason = reason or orders.why_not(order, means.channel)
    else:
        orders.permit(order, means.channel)
    row = _open_payment(order, means, now)
    reason = reason or cards.decline(ledger.store, means.kept, order.amount, now)
    if reason is None:
        capture(ledger, row)
    else:
        window.fail(row, now, "CARD_DECLINED", reason)
        if cards.is_late(means.kept):
            late_approvals.plan(ledger, row["imp_uid"], now + cards.LATE_SECONDS)
    ledger.write(row)
    if row["status"] == "paid" or means.usage == SCHEDULED:
        ledger.write_webhooks(row)
    return row


def capture(ledger: Ledger, row: Row) -> None:
    """The PG took the money, perhaps some time after it had declined."""
    window.approve(row, ledger.clock.unix(), pay_method=row["pay_method"], card_quota=row["card_quota"])
    row["receipt_url"] = f"{ledger.merchant.receipt_url}{row['imp_uid']}"


def read_card(ledger: Ledger, data: Mapping[str, str | None]) -> Card:
    """Raises ValueError with the PG's words."""
    birth, password = data.get("birth"), data.get("pwd_2digit")
    return cards.read(data.get("card_number"), data.get("expiry"), birth, password, ledger.clock.now())


def _open_payment(order: Order, means: PaymentMeans, now: int) -> Row:
    row = orders.open_payment(order, means.channel, now, means.customer_uid)
    row.update(means.facts, customer_uid_usage=means.usage, test_number=means.kept["test_number"])
    return row


def _failed(ledger: Ledger, order: Order, channel: Channel, reason: str) -> Row:
    """A payment with a card that is none, where the account wants to see it; refused otherwise."""
    text = f"{CARD_NOT_CHECKED} {reason}"
    if ledger.switches.invalid_card_answers == "refused":
        raise refused_by_pg(text)
    now = ledger.clock.unix()
    row = _open_payment(order, PaymentMeans(channel, {}, billing_keys.UNKNOWN_CARD), now)
    window.fail(row, now, "CARD_INVALID", text)
    ledger.write(row)
    return row


def _answered(ledger: Ledger, row: Row) -> Row:
    """The payment, unless a declined one is to be answered as a refusal."""
    declined = row["status"] == "failed" and row["error_code"] == "CARD_DECLINED"
    if declined and ledger.switches.declined_card_answers == "refused":
        raise refused_by_pg(row["fail_reason"])
    return row
