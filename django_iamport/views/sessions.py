"""A session that can't be stored, because a cart puts products and sums into it while it is read.

The tutorial's cart does. Its shop gets away with it as long as no page that reads the cart changes the session;
this package's pages change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import HttpRequest

from django_iamport.signals.monitoring import log

ADVICE = "Let the cart's __iter__ copy its entries, `dict(entry)`, and put products and sums into the copies."


def make_storable(request: HttpRequest) -> None:
    """Take out of a changed session what can't be stored: rows of the database go, sums become text.

    Raises `ImproperlyConfigured`, which names what it is, for anything else.
    """
    session: SessionBase | None = getattr(request, "session", None)
    if session is None or not session.modified or _can_store(session, dict(session.items())):
        return
    for name, value in [*session.items()]:
        if _can_store(session, value):
            continue
        kinds = ", ".join(sorted({*_kinds(value)}))
        session[name] = _plain(value)
        if not _can_store(session, session[name]):
            raise ImproperlyConfigured(f"session[{name!r}] holds what can't be stored: {kinds}. {ADVICE}")
        log("session_value_left_out", key=name, kinds=kinds, advice=ADVICE)


def _can_store(session: SessionBase, value: object) -> bool:
    try:
        session.serializer().dumps({"value": value})
    except (TypeError, ValueError):
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items() if not isinstance(part, Model)}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value if not isinstance(part, Model)]
    return str(value) if isinstance(value, Decimal) else value


def _kinds(value: Any) -> Iterator[str]:
    """Names of the classes within; the values are nobody's business."""
    if isinstance(value, (list, tuple)):
        value = dict(enumerate(value))
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _kinds(part)
    elif value is not None and not isinstance(value, (str, int, float)):
        yield type(value).__name__
