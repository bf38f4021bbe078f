"""What payment companies demand of a delivery, and what they say of one. No Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from enum import Enum

# Through the gateway: who takes deliveries, and who changes of them.
REGISTERS = frozenset({"html5_inicis", "kcp", "daou", "ksnet", "smartro_v2", "nice_v2", "welcome"})
CHANGES = REGISTERS - {"nice_v2"}

COMPANIES = (
    *("CJGLS", "HANJIN", "EPOST", "HYUNDAI", "DAESIN", "HANARO", "SAGAWA", "KGB", "YELLOWCAP", "DONGBU"),
    "ETC",
)

_ADDRESS = ("name", "tel", "postcode", "addr")
_IN_TWO_LINES = (*_ADDRESS, "addr_detail")
# Of sender and of receiver alike.
_OF_PERSONS: Mapping[str, tuple[str, ...]] = {"html5_inicis": _ADDRESS, "smartro_v2": _IN_TWO_LINES}

# For so long a call may be under way.
UNDER_WAY = timedelta(minutes=1)
# The gateway's clock and ours.
CLOCKS_DIFFER = timedelta(minutes=10)
KST = timezone(timedelta(hours=9))


class DeliveryStatus(str, Enum):
    NONE = "none"
    SENT = "sent"
    UNKNOWN = "unknown"
    REGISTERED = "registered"
    REFUSED = "refused"


class EscrowStatus(str, Enum):
    """The gateway's numbers."""

    SHIPPED = "2"
    CONFIRMED = "3"
    CONFIRMED_AUTOMATICALLY = "31"
    CONFIRMED_BY_FORCE = "32"
    REFUSED = "4"
    CANCELLED = "8"
    REFUSAL_CONFIRMED = "10"


CONFIRMED = frozenset(
    {EscrowStatus.CONFIRMED, EscrowStatus.CONFIRMED_AUTOMATICALLY, EscrowStatus.CONFIRMED_BY_FORCE}
)


def missing(
    pg_provider: str, *, sender: Mapping[str, str], receiver: Mapping[str, str], parcel: Mapping[str, str]
) -> list[str]:
    """What that payment company demands and isn't given, as `receiver.tel`."""
    return [
        f"{part}.{name}"
        for part, names, given in (
            ("sender", demanded("sender", pg_provider), sender),
            ("receiver", demanded("receiver", pg_provider), receiver),
            ("parcel", demanded("parcel", pg_provider), parcel),
        )
        for name in names
        if not str(given.get(name) or "").strip()
    ]


def demanded(part: str, pg_provider: str) -> Iterator[str]:
    """What that payment company wants to know of `sender`, `receiver` or `parcel`."""
    if part == "parcel":
        yield from ("company", "invoice")
        if pg_provider == "daou":
            yield "receiving_at"
        return
    yield from _OF_PERSONS.get(pg_provider, ())
    if part == "sender" and pg_provider == "daou":
        yield from ("relationship", "addr")


def read_moment(told: object, now: datetime) -> datetime:
    """When the buyer answered; `now` where it isn't told, can't be read or is yet to come. `now` is aware."""
    moment = _moment(told)
    return now if moment is None or moment > now + CLOCKS_DIFFER else moment


def _moment(told: object) -> datetime | None:
    """Unix seconds, or a date and time, which is Korean where it doesn't say otherwise."""
    if isinstance(told, bool) or not isinstance(told, (int, str)):
        return None
    try:
        if isinstance(told, int) or (told.isdigit() and len(told) <= 10):
            return datetime.fromtimestamp(int(told), KST)
        moment = datetime.fromisoformat(told)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=KST)
