"""Access tokens: one at a time, the same for everybody who asks while it lives."""

import hmac
import secrets
from typing import TypedDict

from ..state.stores import Store

LIFE = 30 * 60
LAST_MINUTE = 60
ADDED = 5 * 60


class Token(TypedDict):
    access_token: str
    now: int
    expired_at: int


def issue(store: Store, now: int) -> Token:
    """The living token; asked for in its last minute it lives five minutes longer."""
    row = store.get("token", "current")
    if row is None or row["expired_at"] <= now:
        row = {"access_token": secrets.token_hex(20), "expired_at": now + LIFE}
    elif row["expired_at"] - now <= LAST_MINUTE:
        row["expired_at"] += ADDED
    store.put("token", "current", row)
    return {"access_token": row["access_token"], "now": now, "expired_at": row["expired_at"]}


def is_valid(store: Store, now: int, authorization: str) -> bool:
    """Whether the header's value, with or without `Bearer`, is the living token."""
    token = authorization.strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    row = store.get("token", "current")
    if row is None or row["expired_at"] <= now:
        return False
    return hmac.compare_digest(token.encode(), row["access_token"].encode())
