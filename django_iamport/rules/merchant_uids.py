"""`merchant_uid`: made for every attempt, prefixed, recognised as ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets

LENGTH = 26
PREFIX_LENGTH = 8
WELL_FORMED = re.compile(r"[a-z0-9]{1,40}")
MADE = re.compile(rf"[a-wyz2-8]{{{LENGTH}}}(x[1-9][0-9]{{0,2}})?")
PREFIX = re.compile(rf"[a-z0-9]{{0,{PREFIX_LENGTH}}}")
PREFIXED = re.compile(rf"[a-z0-9]{{1,{PREFIX_LENGTH}}}{MADE.pattern}")


def make(key: str, order_pk: object, *, prefix: str = "") -> str:
    """Make the `merchant_uid` of a new attempt: `prefix` and 26 characters of a-z and 2-8, but no x.

    A keyed hash with a fresh nonce: a second attempt never collides, nobody guesses one, and neither order
    number nor person can be read from it. `key` is the project's secret key, `prefix` at most 8 characters.
    """
    message = f"{order_pk}:{secrets.token_hex(16)}".encode()
    digest = hmac.new(key.encode(), message, hashlib.sha256).digest()
    # Free of x, so that a number of `numbered` is told from a longer id.
    return prefix + base64.b32encode(digest).decode().lower().replace("x", "8")[:LENGTH]


def is_well_formed(merchant_uid: str) -> bool:
    return WELL_FORMED.fullmatch(merchant_uid) is not None


def is_ours(merchant_uid: str, prefix: str) -> bool:
    """Ids without the shop's prefix belong to somebody else on the same account: never acted upon.

    What follows a prefix must be as it is made here: `shop` is not the prefix of an id of `shopcopy`. A shop
    without a prefix takes every id for its own.
    """
    if not prefix:
        return is_well_formed(merchant_uid)
    return merchant_uid.startswith(prefix) and MADE.fullmatch(merchant_uid[len(prefix) :]) is not None


def has_prefix(merchant_uid: str, prefix: str) -> bool:
    """Whether an id was made with that prefix, which is not (or no longer) the shop's own.

    The empty one has every id that was not made with another: the shop may have had numbers of its own then.
    """
    if prefix:
        return is_ours(merchant_uid, prefix)
    return is_well_formed(merchant_uid) and PREFIXED.fullmatch(merchant_uid) is None


def is_prefix(prefix: str) -> bool:
    return PREFIX.fullmatch(prefix) is not None


def numbered(merchant_uid: str, number: int) -> str:
    """The `merchant_uid` here of a further payment under one `merchant_uid` at the gateway (1 to 999)."""
    return f"{merchant_uid}x{number}"
