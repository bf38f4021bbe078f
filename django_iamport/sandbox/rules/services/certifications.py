"""Identity verification: a record from the moment the window opens, personal only after success."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from ...state.clock import KST
from ...state.stores import Row, Store
from ..channels import CERTIFICATION, Catalog, Channel
from ..payments.records import text
from ..refusals import (
    CLOSED_BY_BUYER,
    NO_CERTIFICATION,
    NO_CHANNEL,
    NOT_CERTIFIED,
    WINDOW_OVER,
    WRONG_MERCHANT_UID,
    WRONG_PARAMETER,
    Refusal,
    not_opened,
)

KIND = "certification"
CARRIERS = ("SKT", "KT", "LGT", "SKT_MVNO", "KT_MVNO", "LGT_MVNO")
PERSONAL = ("name", "gender", "birthday", "phone", "carrier", "unique_key", "unique_in_site", "pg_tid")
PUBLIC = (
    *("imp_uid", "merchant_uid", "pg_tid", "pg_provider", "name", "gender", "birthday", "birth", "phone"),
    *("carrier", "foreigner", "foreigner_v2", "certified", "certified_at", "unique_key", "unique_in_site"),
    "origin",
)


@dataclass(frozen=True)
class Person:
    """`phone` digits, `carrier` one of `CARRIERS`, `is_male` and birthday as the carrier knows them."""

    name: str
    birthday: date
    is_male: bool
    phone: str
    carrier: str

    @property
    def birth(self) -> int:
        """The day's beginning in Korea, in unix seconds: below 0 before 1970."""
        return int(datetime.combine(self.birthday, time(), KST).timestamp())


def choose_channel(channels: Catalog, params: Mapping[str, Any]) -> Channel:
    """The one that the page names, else the first for identities. Raises Refusal for a key that there isn't."""
    try:
        return channels.choose(params.get("channelKey"), params.get("pg"), type_=CERTIFICATION)
    except LookupError:
        raise not_opened(NO_CHANNEL) from None


def open_window(store: Store, channel: Channel, params: Mapping[str, Any], now: int) -> Row:
    """The record of an attempt, not certified yet. Raises Refusal for parameters that make no sense."""
    merchant_uid = params.get("merchant_uid") or f"nobody_{now}000"
    if len(str(merchant_uid)) > 40:
        raise not_opened(WRONG_MERCHANT_UID)
    if not isinstance(merchant_uid, str):
        raise not_opened(WRONG_PARAMETER)
    row: Row = {
        "imp_uid": f"imp_{secrets.randbelow(10**12):012d}",
        "merchant_uid": merchant_uid,
        "pg_provider": channel.pg_provider,
        **dict.fromkeys(PERSONAL),
        "foreigner": False,
        "foreigner_v2": None,
        "certified": False,
        "certified_at": 0,
        "birth": 0,
        "origin": None,
        "status": "ready",
        "started_at": now,
        "fail_reason": None,
        "m_redirect_url": text(params.get("m_redirect_url")),
        "min_age": params.get("min_age") if isinstance(params.get("min_age"), int) else None,
        "asked": {
            name: text(params.get(name)) for name in ("name", "phone", "carrier", "company", "language")
        },
        "window_key": secrets.token_urlsafe(24),
    }
    _write(store, row)
    return row


def certify(store: Store, imp_uid: str, person: Person, now: int) -> Row:
    """The person proved who they are. The same person has the same keys, everywhere and at this shop."""
    row = _open(store, imp_uid)
    known = f"{person.name}{person.birthday}{person.is_male}".encode()
    row.update(
        name=person.name,
        gender="male" if person.is_male else "female",
        birthday=person.birthday.isoformat(),
        birth=person.birth,
        phone=person.phone,
        carrier=person.carrier,
        unique_key=_key(b"everywhere", known),
        unique_in_site=_key(b"here", known)[:64],
        pg_tid=secrets.token_hex(10),
        certified=True,
        certified_at=now,
        status="certified",
    )
    _write(store, row)
    return row


def fail(store: Store, imp_uid: str, reason: str = NOT_CERTIFIED) -> Row:
    row = _open(store, imp_uid)
    row.update(status="failed", fail_reason=reason)
    _write(store, row)
    return row


def close(store: Store, imp_uid: str) -> Row:
    return fail(store, imp_uid, CLOSED_BY_BUYER)


def stored(store: Store, imp_uid: str) -> Row:
    row = store.get(KIND, imp_uid)
    if row is None:
        raise Refusal(-1, NO_CERTIFICATION, 404)
    return row


def as_json(row: Row) -> dict[str, Any]:
    """What the REST API answers."""
    return {name: row[name] for name in PUBLIC}


def delete(store: Store, imp_uid: str) -> Row:
    """Erased from the gateway; answers what it was."""
    with store.exclusive():
        row = stored(store, imp_uid)
        store.delete(KIND, imp_uid)
    return row


def answer(row: Row) -> dict[str, Any]:
    """What callback and redirect carry."""
    result = {"success": row["certified"], "imp_uid": row["imp_uid"], "merchant_uid": row["merchant_uid"]}
    if not row["certified"]:
        result.update(error_code="CERTIFICATION_FAILED", error_msg=row["fail_reason"])
    return result


def _open(store: Store, imp_uid: str) -> Row:
    row = stored(store, imp_uid)
    if row["status"] != "ready":
        raise Refusal(1, WINDOW_OVER)
    return row


def _key(salt: bytes, known: bytes) -> str:
    """88 characters, as CI has them."""
    return hashlib.sha512(salt + known).hexdigest()[:86] + "=="


def _write(store: Store, row: Row) -> None:
    with store.exclusive():
        store.put(KIND, row["imp_uid"], row)
