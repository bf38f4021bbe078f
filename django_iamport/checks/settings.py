"""System checks of the settings: what is missing or wrong, and what to do (docs/settings.md lists the ids)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.utils.module_loading import import_string

from django_iamport import conf
from django_iamport.rules.merchant_uids import is_prefix
from django_iamport.rules.verification import Reason

# What a browser runs or reads instead of going there.
RUNNING = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source"})
FORBIDDEN_PARAMETERS = frozenset({"merchant_uid", "amount", "currency", "name", "customer_uid"})


def value_of(name: str) -> object:
    return getattr(settings, name, conf.DEFAULTS[name])


def is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())


def is_url(value: object) -> TypeGuard[str]:
    try:
        url = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.netloc)


def _is_sdk_url(value: object) -> bool:
    return is_url(value) or (isinstance(value, str) and value.startswith("/"))


def _is_timeout(value: object) -> bool:
    parts = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value,)
    return all(isinstance(p, (int, float)) and not isinstance(p, bool) and p > 0 for p in parts)


def _is_auto_cancel(value: object) -> bool:
    known = [r.value for r in Reason]
    return isinstance(value, (tuple, list, set, frozenset)) and all(reason in known for reason in value)


def _are_prefixes(value: object) -> TypeGuard[Collection[str]]:
    if not isinstance(value, (tuple, list, set, frozenset)):
        return False
    return all(isinstance(part, str) and is_prefix(part) for part in value)


def _own_prefixes() -> set[object]:
    former: object = value_of("IAMPORT_FORMER_PREFIXES")
    own: object = value_of("IAMPORT_MERCHANT_UID_PREFIX")
    return {own, *former} if _are_prefixes(former) else {own}


def _is_request_pay(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping) and not FORBIDDEN_PARAMETERS.intersection(value)


def _are_return_urls(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    return all(is_text(name) and _is_return_url(address) for name, address in value.items())


def _is_return_url(value: object) -> bool:
    """Of a site, or of an app's own scheme."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*):\S+$", value) if isinstance(value, str) else None
    return is_url(value) if scheme is None or scheme[1] in ("http", "https") else scheme[1] not in RUNNING


def _are_channels(value: object) -> bool:
    """By name, what a window is opened with, and what its payments show."""
    if not isinstance(value, Mapping):
        return False
    return all(
        isinstance(name, str)
        and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", name) is not None
        and _is_request_pay(channel)
        and any(is_text(channel.get(key)) for key in ("channelKey", "pg"))
        and all(is_text(channel[key]) for key in conf.SHOWN_BY_PAYMENTS if key in channel)
        for name, channel in value.items()
    )


def _is_budget(value: object) -> bool:
    """How often, in how many seconds."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return False
    return all(isinstance(part, int) and not isinstance(part, bool) and part > 0 for part in value)


def _or_none(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or test(value)


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_path_of_a_function(value: object) -> bool:
    try:
        return isinstance(value, str) and callable(import_string(value))
    except ImportError:
        return False


# id, setting, what holds of a right value, what to do
SETTINGS: tuple[tuple[str, str, Callable[[object], bool], str], ...] = (
    ("E001", "IAMPORT_KEY", is_text, "Copy the REST API key from the gateway's console."),
    ("E002", "IAMPORT_SECRET", is_text, "Copy the REST API secret from the gateway's console."),
    (
        "E003",
        "IAMPORT_MERCHANT_CODE",
        lambda v: is_text(v) and v.startswith("imp"),
        "Copy the code for IMP.init from the gateway's console, e.g. imp00000000.",
    ),
    (
        "E004",
        "IAMPORT_TRANSACTION_MODEL",
        lambda v: is_text(v) and v.count(".") == 1,
        'Set it to your transaction model as "app_label.Model".',
    ),
    (
        "E005",
        "IAMPORT_SITE_URL",
        _or_none(is_url),
        'Set it to the shop\'s address, e.g. "https://shop.example".',
    ),
    (
        "E006",
        "IAMPORT_MERCHANT_UID_PREFIX",
        lambda v: isinstance(v, str) and is_prefix(v),
        "Use at most 8 characters, a-z and 0-9.",
    ),
    (
        "E040",
        "IAMPORT_FORMER_PREFIXES",
        _are_prefixes,
        'Use a tuple of the prefixes that this shop had before, such as ("",).',
    ),
    (
        "E041",
        "IAMPORT_COPIED_PREFIXES",
        lambda v: _are_prefixes(v) and not _own_prefixes().intersection(v),
        "Use a tuple of the prefixes of the shop that the data was copied from; none of this shop's own.",
    ),
    (
        "E007",
        "IAMPORT_TIER_CODE",
        _or_none(lambda v: isinstance(v, str) and re.fullmatch(r"[A-Z0-9]{3}", v) is not None),
        "Use three characters, A-Z and 0-9, or remove the setting.",
    ),
    (
        "E008",
        "IAMPORT_CHANNEL_KEY",
        _or_none(is_text),
        "Copy the channel key from the gateway's console, or remove the setting.",
    ),
    (
        "E009",
        "IAMPORT_PG",
        _or_none(is_text),
        'Use a PG code such as "html5_inicis", or remove the setting.',
    ),
    (
        "E065",
        "IAMPORT_CHANNELS",
        _are_channels,
        'Use a dict of names (a-z, A-Z, 0-9, "_", "-"), each with a dict that has "channelKey" or "pg", and '
        "further request_pay parameters if you like, without "
        + ", ".join(sorted(FORBIDDEN_PARAMETERS))
        + ".",
    ),
    ("E010", "IAMPORT_API_URL", is_url, "Remove the setting to use the real gateway."),
    ("E011", "IAMPORT_SDK_URL", _is_sdk_url, "Remove the setting to use the real gateway."),
    ("E012", "IAMPORT_TIMEOUT", _is_timeout, "Give the seconds to connect and to read, e.g. (3.05, 10)."),
    (
        "E013",
        "IAMPORT_CACHE",
        lambda v: isinstance(v, str) and v in settings.CACHES,
        "Use an alias from CACHES whose cache all processes share.",
    ),
    ("E014", "IAMPORT_TEST_MODE", _is_bool, "Use True or False."),
    ("E015", "IAMPORT_SEND_NOTICE_URL", _is_bool, "Use True or False."),
    ("E027", "IAMPORT_SEND_CONFIRM_URL", _is_bool, "Use True or False."),
    (
        "E028",
        "IAMPORT_WEBHOOK_QUEUE",
        _or_none(_is_path_of_a_function),
        'Use the path of a function, such as "django_iamport.tasks.queue_in_celery".',
    ),
    (
        "E071",
        "IAMPORT_METRICS",
        _or_none(_is_path_of_a_function),
        "Use the path of a function that takes kind, metric, value and tags (docs/monitoring.md).",
    ),
    ("E016", "IAMPORT_SANDBOX_ALLOWED", _is_bool, "Use True or False."),
    (
        "E017",
        "IAMPORT_AUTO_CANCEL",
        _is_auto_cancel,
        "Use a tuple of reasons: " + ", ".join(conf.DEFAULTS["IAMPORT_AUTO_CANCEL"]) + ".",
    ),
    (
        "E029",
        "IAMPORT_GIVE_UP_AFTER",
        _or_none(lambda v: isinstance(v, timedelta) and v > timedelta(0)),
        "Use a timedelta, or remove the setting: then no order is given up.",
    ),
    (
        "E018",
        "IAMPORT_REQUEST_PAY",
        _is_request_pay,
        "Use a dict of request_pay parameters, without " + ", ".join(sorted(FORBIDDEN_PARAMETERS)) + ".",
    ),
    (
        "E070",
        "IAMPORT_RETURN_URLS",
        _are_return_urls,
        'Use a dict of addresses by name, such as {"app": "myshop://paid"}.',
    ),
    (
        "E045",
        "IAMPORT_RETENTION_YEARS",
        lambda v: isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= 100,
        "Give a whole number of years, from 1 to 100.",
    ),
    *(
        (
            number,
            name,
            _or_none(_is_budget),
            "Give two whole numbers, how often and in how many seconds, such as (10, 300), or None for no limit.",
        )
        for number, name in (
            ("E050", "IAMPORT_ATTEMPT_BUDGET"),
            ("E051", "IAMPORT_ORDER_BUDGET"),
            ("E052", "IAMPORT_ADDRESS_BUDGET"),
        )
    ),
    (
        "E053",
        "IAMPORT_ADDRESS_HEADER",
        _or_none(lambda v: isinstance(v, str) and re.fullmatch(r"[A-Za-z0-9-]+", v) is not None),
        'Use the header in which your proxy names the visitor\'s address, such as "X-Real-IP", or remove it.',
    ),
)


@register(Tags.compatibility)
def check_settings(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(
            f"{name} is {'not set' if value_of(name) in (None, '') else 'invalid'}.",
            hint=hint,
            id=f"iamport.{number}",
        )
        for number, name, holds, hint in SETTINGS
        if not holds(value_of(name))
    ]
    if not settings.USE_TZ:
        hint = "Set USE_TZ = True once the shop's own code is ready for it, and silence this until then."
        text = "USE_TZ is off: moments are stored without a time zone, in TIME_ZONE."
        found.append(Info(text, hint=hint, id="iamport.I019"))
    return found
