"""Settings, read when they are asked for, so that `override_settings` works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from django_iamport.rules import merchant_uids

DEFAULTS: Mapping[str, Any] = {
    "IAMPORT_KEY": None,
    "IAMPORT_SECRET": None,
    "IAMPORT_MERCHANT_CODE": None,
    "IAMPORT_SITE_URL": None,
    "IAMPORT_MERCHANT_UID_PREFIX": "",
    "IAMPORT_FORMER_PREFIXES": (),
    "IAMPORT_COPIED_PREFIXES": (),
    "IAMPORT_TIER_CODE": None,
    "IAMPORT_CHANNEL_KEY": None,
    "IAMPORT_PG": None,
    "IAMPORT_CHANNELS": {},
    "IAMPORT_TRANSACTION_MODEL": None,
    "IAMPORT_TEST_MODE": False,
    "IAMPORT_API_URL": "https://api.iamport.kr",
    "IAMPORT_SDK_URL": "https://cdn.iamport.kr/v1/iamport.js",
    "IAMPORT_TIMEOUT": (3.05, 10),
    "IAMPORT_CACHE": "default",
    "IAMPORT_SEND_NOTICE_URL": True,
    "IAMPORT_SEND_CONFIRM_URL": False,
    "IAMPORT_WEBHOOK_QUEUE": None,
    "IAMPORT_METRICS": None,
    "IAMPORT_SANDBOX_ALLOWED": False,
    "IAMPORT_AUTO_CANCEL": ("forged", "duplicate", "order_changed", "order_closed"),
    "IAMPORT_GIVE_UP_AFTER": None,
    "IAMPORT_REQUEST_PAY": {},
    "IAMPORT_RETURN_URLS": {},
    "IAMPORT_RETENTION_YEARS": 5,
    "IAMPORT_ATTEMPT_BUDGET": (30, 600),
    "IAMPORT_ORDER_BUDGET": (10, 300),
    "IAMPORT_ADDRESS_BUDGET": (300, 300),
    "IAMPORT_ADDRESS_HEADER": None,
}

# Of a channel: compared with the payment, and no words of a window.
SHOWN_BY_PAYMENTS = ("pg_provider", "pg_id")

REQUIRED = ("IAMPORT_KEY", "IAMPORT_SECRET", "IAMPORT_MERCHANT_CODE", "IAMPORT_TRANSACTION_MODEL")


def get(name: str) -> Any:
    """The setting's value, or its default.

    Raises `ImproperlyConfigured` for a required one that is missing.
    """
    value = getattr(settings, name, DEFAULTS[name])
    if not value and name in REQUIRED:
        raise ImproperlyConfigured(f"{name} is not set: add it to your settings (see docs/settings.md).")
    return value


def site_url() -> str | None:
    """`IAMPORT_SITE_URL` without the slash at its end, or None."""
    url = get("IAMPORT_SITE_URL")
    return str(url).rstrip("/") if url else None


def channels() -> Mapping[str, Mapping[str, Any]]:
    """The channels that a page may name."""
    named: Mapping[str, Mapping[str, Any]] = get("IAMPORT_CHANNELS") or {}
    return named


def window(channel_name: str = "") -> dict[str, Any]:
    """What the settings say of a window, in the words of `IMP.request_pay`.

    What a named channel says wins over what is said of every window.
    """
    common = dict(get("IAMPORT_REQUEST_PAY"))
    if not channel_name:
        return {**_channel(), **common}
    named = channels().get(channel_name, {})
    others = {name: value for name, value in common.items() if name not in ("channelKey", "pg")}
    return {**others, **{name: value for name, value in named.items() if name not in SHOWN_BY_PAYMENTS}}


def shown_by_payments(channel_name: str) -> dict[str, Any]:
    """What a payment through that channel must show, as its entry says."""
    named = channels().get(channel_name, {})
    return {name: named[name] for name in (*SHOWN_BY_PAYMENTS, "escrow") if name in named}


def _channel() -> dict[str, str]:
    """The channel of every window; empty where the account has only one."""
    if get("IAMPORT_CHANNEL_KEY"):
        return {"channelKey": get("IAMPORT_CHANNEL_KEY")}
    return {"pg": get("IAMPORT_PG")} if get("IAMPORT_PG") else {}


def test_mode() -> bool:
    return bool(get("IAMPORT_TEST_MODE"))


def prefix() -> str:
    return str(get("IAMPORT_MERCHANT_UID_PREFIX") or "")


def owns(merchant_uid: str) -> bool:
    """Whether an id at the gateway is this shop's; others are never acted upon (docs/reliability.md, rule 16).

    Those of former prefixes stay its own; those of the shop that the data was copied from never are.
    """
    if is_copied(merchant_uid):
        return False
    is_former = _has_any(merchant_uid, "IAMPORT_FORMER_PREFIXES")
    return is_former or merchant_uids.is_ours(merchant_uid, prefix())


def is_copied(merchant_uid: str) -> bool:
    """Whether an id came with the data of another shop: neither acted upon nor reported."""
    return _has_any(merchant_uid, "IAMPORT_COPIED_PREFIXES")


def _has_any(merchant_uid: str, name: str) -> bool:
    return any(merchant_uids.has_prefix(merchant_uid, known) for known in get(name) or ())
