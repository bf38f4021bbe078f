"""What payment companies demand of a delivery, and what they say of one. No Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

_OF_PRODUCTS = ("id", "name", "amount")

# For so long a call may be under way.
UNDER_WAY = timedelta(minutes=1)
# And after this the gateway would show what came of it.
BELIEVED_AFTER = timedelta(minutes=10)
# Why what was asked isn't there, as a look-up showed long enough after a lost answer.
NOT_FOUND, NOT_CHANGED = "delivery_not_found", "delivery_not_changed"
# For so long a look-up that the gateway refuses is tried again; then somebody looks at the company's console.
ASKED_FOR = timedelta(days=1)
NOT_TOLD = "delivery_not_told"
LOST = frozenset({NOT_FOUND, NOT_CHANGED, NOT_TOLD})
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
    pg_provider: str,
    *,
    sender: Mapping[str, str],
    receiver: Mapping[str, str],
    parcel: Mapping[str, str],
    products: Sequence[Mapping[str, object]] = (),
) -> list[str]:
    """What that payment company demands and isn't given, or can't be meant, as `receiver.tel`."""
    lacking = [
        f"{part}.{name}"
        for part, given in (("sender", sender), ("receiver", receiver), ("parcel", parcel))
        for name in demanded(part, pg_provider)
        if not str(given.get(name) or "").strip()
    ]
    if parcel["company"] not in ("", *COMPANIES):
        lacking.append("parcel.company")
    if parcel["receiving_at"] and not _is_day(parcel["receiving_at"]):
        lacking.append("parcel.receiving_at")
    if demands_products(pg_provider):
        lacking += [
            f"products.{name}"
            for name in _OF_PRODUCTS
            if not products or any(product.get(name) in (None, "") for product in products)
        ]
    return lacking


def demands_products(pg_provider: str) -> bool:
    return pg_provider == "welcome"


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("YYYYMMDD") and bool(datetime.strptime(text, "%Y%m%d"))  # noqa: DTZ007
    except ValueError:
        return False


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
