"""What is told of an error: the mail that `ADMINS` get, and the local variables that error trackers read."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import requests
from django.core import mail
from django.test import override_settings
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

TESTS = str(Path(__file__).parent)

OPS = "ops@shop.example"


class BrokenHook(Exception):
    """Raised by `broken`."""


def broken(*args: Any, **kwargs: Any) -> Any:
    """Stands in for code of the shop's, or of ours, that fails with everything in hand."""
    raise BrokenHook


@contextmanager
def error_mails() -> Iterator[Callable[[], list[str]]]:
    """The mails, each with all its parts as one text, of what failed meanwhile; DEBUG is off."""
    handler = AdminEmailHandler(include_html=True)
    handler.setLevel(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("django.request", "django_iamport")]
    admins = [OPS] if django.VERSION >= (6,) else [("Ops", OPS)]
    with override_settings(DEBUG=False, ADMINS=admins):
        for logger in loggers:
            logger.addHandler(handler)
        try:
            yield lambda: [text_of(message) for message in mail.outbox]
        finally:
            for logger in loggers:
                logger.removeHandler(handler)


def text_of(message: Any) -> str:
    return "\n".join([message.subject, message.body, *(str(part[0]) for part in message.alternatives)])


def causes(error: BaseException) -> Iterator[BaseException]:
    reached: BaseException | None = error
    while reached is not None:
        yield reached
        reached = reached.__cause__ or reached.__context__


def values_in_frames(error: BaseException) -> str:
    """Every local variable of every frame, but for the tests' own."""
    found = []
    for cause in causes(error):
        for frame, _line in traceback.walk_tb(cause.__traceback__):
            if not frame.f_code.co_filename.startswith(TESTS):
                found += [f"{name}={shown(value)}" for name, value in frame.f_locals.items()]
    return "\n".join(found)


def shown(value: Any) -> str:
    """Also what stands in a request that `requests` prepared, which its repr hides and trackers don't."""
    if isinstance(value, requests.PreparedRequest):
        return f"{value.url} {value.headers} {value.body!r}"
    return repr(dict(value)) if isinstance(value, Mapping) else repr(value)


@override_settings(DEBUG=False)
def values_in_djangos_report(error: BaseException) -> str:
    """The same as Django reports it: without what is marked as sensitive."""
    frames = ExceptionReporter(None, type(error), error, error.__traceback__).get_traceback_frames()
    return "\n".join(repr(frame["vars"]) for frame in frames if not frame["filename"].startswith(TESTS))
