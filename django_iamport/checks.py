"""System checks: what is missing or wrong, and what to do (docs/settings.md lists the ids)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models, router
from django.utils.module_loading import import_string

from django_iamport import conf
from django_iamport.merchant_uids import is_prefix
from django_iamport.verification import Reason

if TYPE_CHECKING:
    from django_iamport.models import AbstractTransaction

FORBIDDEN_PARAMETERS = frozenset({"merchant_uid", "amount", "currency", "name", "customer_uid"})
HOOKS = ("get_payment_amount", "get_payment_name", "accepts_payment")


def _value(name: str) -> Any:
    return getattr(settings, name, conf.DEFAULTS[name])


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_url(value: Any) -> bool:
    try:
        url = urlsplit(value) if isinstance(value, str) else urlsplit("")
    except ValueError:
        return False
    return url.scheme in ("http", "https") and bool(url.netloc)


def _is_sdk_url(value: Any) -> bool:
    return _is_url(value) or (isinstance(value, str) and value.startswith("/"))


def _is_timeout(value: Any) -> bool:
    parts = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value,)
    return all(isinstance(p, (int, float)) and not isinstance(p, bool) and p > 0 for p in parts)


def _is_auto_cancel(value: Any) -> bool:
    known = [r.value for r in Reason]
    return isinstance(value, (tuple, list, set, frozenset)) and all(reason in known for reason in value)


def _is_request_pay(value: Any) -> bool:
    return isinstance(value, Mapping) and not FORBIDDEN_PARAMETERS.intersection(value)


def _or_none(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or test(value)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_path_of_a_function(value: Any) -> bool:
    try:
        return isinstance(value, str) and callable(import_string(value))
    except ImportError:
        return False


# id, setting, what holds of a right value, what to do
SETTINGS: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("E001", "IAMPORT_KEY", _is_text, "Copy the REST API key from the gateway's console."),
    ("E002", "IAMPORT_SECRET", _is_text, "Copy the REST API secret from the gateway's console."),
    (
        "E003",
        "IAMPORT_MERCHANT_CODE",
        lambda v: _is_text(v) and v.startswith("imp"),
        "Copy the code for IMP.init from the gateway's console, e.g. imp00000000.",
    ),
    (
        "E004",
        "IAMPORT_TRANSACTION_MODEL",
        lambda v: _is_text(v) and v.count(".") == 1,
        'Name your transaction model as "app_label.Model".',
    ),
    (
        "E005",
        "IAMPORT_SITE_URL",
        _or_none(_is_url),
        'Set it to the shop\'s address, e.g. "https://shop.example".',
    ),
    (
        "E006",
        "IAMPORT_MERCHANT_UID_PREFIX",
        lambda v: isinstance(v, str) and is_prefix(v),
        "At most 8 characters of a-z and 0-9.",
    ),
    (
        "E007",
        "IAMPORT_TIER_CODE",
        _or_none(lambda v: isinstance(v, str) and re.fullmatch(r"[A-Z0-9]{3}", v) is not None),
        "Three characters of A-Z and 0-9, or leave it out.",
    ),
    (
        "E008",
        "IAMPORT_CHANNEL_KEY",
        _or_none(_is_text),
        "Copy the channel key from the console, or leave it out.",
    ),
    ("E009", "IAMPORT_PG", _or_none(_is_text), 'A PG code such as "html5_inicis", or leave it out.'),
    ("E010", "IAMPORT_API_URL", _is_url, "Leave it out for the real gateway."),
    ("E011", "IAMPORT_SDK_URL", _is_sdk_url, "Leave it out for the real gateway."),
    ("E012", "IAMPORT_TIMEOUT", _is_timeout, "Seconds to connect and to read, e.g. (3.05, 10)."),
    (
        "E013",
        "IAMPORT_CACHE",
        lambda v: isinstance(v, str) and v in settings.CACHES,
        "Name an alias of CACHES, one that all processes share.",
    ),
    ("E014", "IAMPORT_TEST_MODE", _is_bool, "True or False."),
    ("E015", "IAMPORT_SEND_NOTICE_URL", _is_bool, "True or False."),
    ("E027", "IAMPORT_SEND_CONFIRM_URL", _is_bool, "True or False."),
    (
        "E028",
        "IAMPORT_WEBHOOK_QUEUE",
        _or_none(_is_path_of_a_function),
        'The path of a function, such as "django_iamport.tasks.queue_in_celery".',
    ),
    ("E016", "IAMPORT_SANDBOX_ALLOWED", _is_bool, "True or False."),
    (
        "E017",
        "IAMPORT_AUTO_CANCEL",
        _is_auto_cancel,
        "A tuple of reasons: " + ", ".join(conf.DEFAULTS["IAMPORT_AUTO_CANCEL"]) + ".",
    ),
    (
        "E029",
        "IAMPORT_GIVE_UP_AFTER",
        _or_none(lambda v: isinstance(v, timedelta) and v > timedelta(0)),
        "A timedelta, or leave it out: no order is given up then.",
    ),
    (
        "E018",
        "IAMPORT_REQUEST_PAY",
        _is_request_pay,
        "A dict of request_pay parameters, without " + ", ".join(sorted(FORBIDDEN_PARAMETERS)) + ".",
    ),
)


@register(Tags.compatibility)
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(
            f"{name} is {'not set' if _value(name) in (None, '') else 'wrong'}.",
            hint=hint,
            id=f"iamport.{number}",
        )
        for number, name, holds, hint in SETTINGS
        if not holds(_value(name))
    ]
    if not settings.USE_TZ:
        hint = "The gateway's moments are aware: set USE_TZ = True."
        found.append(Error("USE_TZ is off.", hint=hint, id="iamport.E019"))
    return found


def _is_gateways(value: Any) -> bool:
    """Whether it is an https address of another host than the shop's: the sandbox answers at the shop's own."""
    if not _is_url(value) or not value.startswith("https://"):
        return False
    site = _value("IAMPORT_SITE_URL")
    own = urlsplit(site).hostname if _is_url(site) else None
    return urlsplit(value).hostname not in (own, "localhost", "127.0.0.1", "::1")


# id, level of concern, setting, what holds in production, what to do
DEPLOY: tuple[tuple[str, str, Callable[[Any], bool], str], ...] = (
    ("E101", "IAMPORT_TEST_MODE", lambda v: not v, "Turn it off: test payments would be accepted as money."),
    (
        "W102",
        "IAMPORT_SITE_URL",
        lambda v: isinstance(v, str) and v.startswith("https://"),
        "Set an https address.",
    ),
    ("W103", "IAMPORT_MERCHANT_UID_PREFIX", bool, "Choose one: it tells this shop's payments from a copy's."),
    ("E104", "IAMPORT_API_URL", _is_gateways, "Only https, and not the sandbox."),
    ("E105", "IAMPORT_SDK_URL", _is_gateways, "Only https, and not the sandbox."),
    (
        "E106",
        "IAMPORT_SANDBOX_ALLOWED",
        lambda v: not v,
        "Turn it off, and take the sandbox out of INSTALLED_APPS.",
    ),
)


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    return [
        (Error if number.startswith("E") else checks.Warning)(
            f"{name} is not right for a live shop.", hint=hint, id=f"iamport.{number}"
        )
        for number, name, holds, hint in DEPLOY
        if not holds(_value(name))
    ]


@register(Tags.models)
def check_models(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    from django_iamport.models.registry import transaction_models

    found = transaction_models()
    messages = [message for model in found for message in _check_transaction_model(model)]
    name = _value("IAMPORT_TRANSACTION_MODEL")
    if _is_text(name) and name.count(".") == 1 and not _is_one_of(name, found):
        hint = "Name a concrete subclass of AbstractTransaction."
        messages.append(Error(f"IAMPORT_TRANSACTION_MODEL: {name} is none.", hint=hint, id="iamport.E020"))
    return messages


def _is_one_of(name: str, found: list[type[AbstractTransaction]]) -> bool:
    try:
        return apps.get_model(name) in found
    except (LookupError, ValueError):
        return False


def _check_transaction_model(model: type[AbstractTransaction]) -> Iterator[CheckMessage]:
    from django_iamport.managers import TransactionManager
    from django_iamport.models import AbstractTransaction, Refund

    field = next((f for f in model._meta.get_fields() if f.name == "order"), None)
    if (
        not isinstance(field, models.ForeignKey)
        or isinstance(field, models.OneToOneField)
        or (
            field.remote_field.on_delete is not models.PROTECT
            or field.remote_field.related_name != "transactions"
        )
    ):
        hint = 'order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="transactions")'
        yield Error(
            f"{model.__name__}.order is not declared as it must be.", hint=hint, obj=model, id="iamport.E021"
        )
    elif isinstance(field.related_model, type):
        yield from _check_order_model(field.related_model, model)
    if not _constraints(model) >= _constraints(AbstractTransaction):
        hint = f"In {model.__name__}: class Meta(AbstractTransaction.Meta)"
        yield Error(f"{model.__name__} lost its constraints.", hint=hint, obj=model, id="iamport.E022")
    if not all(isinstance(manager, TransactionManager) for manager in model._meta.managers):
        hint = "Let every manager of it inherit django_iamport.managers.TransactionManager."
        yield Error(
            f"{model.__name__} has a manager of another kind.", hint=hint, obj=model, id="iamport.E023"
        )
    if router.db_for_write(model) != router.db_for_write(Refund):
        hint = "Let your database router keep django_iamport's tables and your transactions together."
        yield Error(
            f"{model.__name__} and Refund are in two databases.", hint=hint, obj=model, id="iamport.E024"
        )


def _constraints(model: Any) -> set[str]:
    """Names without app and class: the last two words, e.g. `paid_evidence`."""
    names = (constraint.name for constraint in model._meta.constraints)
    return {name.replace("%(app_label)s_%(class)s_", "").removeprefix(_own_prefix(model)) for name in names}


def _own_prefix(model: Any) -> str:
    return f"{model._meta.app_label}_{model.__name__.lower()}_"


def _check_order_model(order: type[models.Model], model: type[models.Model]) -> Iterator[CheckMessage]:
    from django_iamport.models import PayableMixin

    if not issubclass(order, PayableMixin):
        hint = f"class {order.__name__}(AbstractOrder), or (PayableMixin, …)."
        yield Error(f"{order.__name__} can't be paid.", hint=hint, obj=order, id="iamport.E025")
        return
    missing = [name for name in HOOKS if getattr(order, name) is getattr(PayableMixin, name)]
    if missing:
        yield Error(
            f"{order.__name__} doesn't say {', '.join(missing)}.",
            hint="docs/models.md shows what each has to answer.",
            obj=order,
            id="iamport.E026",
        )
