"""Billing keys: a card that a shop may charge again, under the `customer_uid` that the shop chose."""

from collections.abc import Mapping
from typing import Any

from ...state.stores import Row, Store
from ..channels import Channel
from ..payments import wallets
from ..refusals import UNKNOWN_KEY, Refusal
from .cards import Card

KIND = "customer"

PUBLIC = (
    "customer_uid",
    "pg_provider",
    "pg_id",
    "sandbox",
    "customer_id",
    "card_name",
    "card_code",
    "card_issuer_code",
    "card_issuer_name",
    "card_publisher_code",
    "card_publisher_name",
    "card_number",
    "card_type",
    "customer_name",
    "customer_tel",
    "customer_email",
    "customer_addr",
    "customer_postcode",
    "inserted",
    "updated",
)

UNKNOWN_CARD: Row = {"test_number": None, "expires": ""}
"""Of a card chosen in the window: it never expires."""


def issue(
    store: Store,
    customer_uid: str,
    channel: Channel,
    card: Card,
    now: int,
    customer: Mapping[str, str | None] | None = None,
) -> Row:
    """Keep the card; under a `customer_uid` that has one already, it takes its place.

    `customer` holds `customer_id`, `customer_name` and the like.
    """
    facts = {**card.facts, **card.kept, **(customer or {})}
    return _write(store, customer_uid, of_channel(channel), facts, now)


def issue_in_window(store: Store, payment: Row, now: int) -> Row:
    """The card, or what else of a wallet, with which the buyer registered."""
    card = {name: payment[name] for name in ("card_code", "card_name", "card_number", "card_type")}
    card["card_name"] = card["card_name"] or wallets.name_of(payment)
    buyer = {
        f"customer_{word}": payment[f"buyer_{word}"] for word in ("name", "tel", "email", "addr", "postcode")
    }
    kept = {
        **UNKNOWN_CARD,
        "test_number": payment["test_number"],
        "pay_method": payment["pay_method"],
        "customer_id": payment.get("customer_id"),
    }
    return _write(store, payment["customer_uid"], payment, {**card, **buyer, **kept}, now)


def of_channel(channel: Channel) -> dict[str, Any]:
    """What a key says of the contract that it belongs to."""
    return {
        "pg_provider": channel.pg_provider,
        "pg_id": channel.pg_id,
        "sandbox": channel.test,
        "channel_key": channel.key,
    }


def find(store: Store, customer_uid: str) -> Row | None:
    return store.get(KIND, customer_uid)


def read(store: Store, customer_uid: str) -> Row:
    row = find(store, customer_uid)
    if row is None:
        raise unknown(customer_uid)
    return row


def unknown(*customer_uids: str) -> Refusal:
    return Refusal(-1, UNKNOWN_KEY.format(", ".join(customer_uids)), 404)


def delete(store: Store, customer_uid: str) -> Row:
    """Gone for good; what was scheduled with it stays, and fails when its time comes."""
    row = read(store, customer_uid)
    store.delete(KIND, customer_uid)
    return row


def as_json(row: Row) -> dict[str, Any]:
    return {name: row.get(name) for name in PUBLIC}


def _write(
    store: Store, customer_uid: str, contract: Mapping[str, Any], facts: Mapping[str, Any], now: int
) -> Row:
    before = find(store, customer_uid)
    # Equal moments mean a new key, so one replaced within its first second is younger by one.
    moments = (before["inserted"], max(now, before["inserted"] + 1)) if before else (now, now)
    row: Row = {
        "customer_uid": customer_uid,
        **{name: contract.get(name) for name in ("pg_provider", "pg_id", "sandbox", "channel_key")},
        **facts,
        "inserted": moments[0],
        "updated": moments[1],
    }
    store.put(KIND, customer_uid, row)
    return row
