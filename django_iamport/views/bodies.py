"""What a request's body says: a JSON object or a form, read alike, and refused where it is neither."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NoReturn

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException

from django_iamport.exceptions import BodyTooLarge, MalformedRequest
from django_iamport.rules.texts import storable
from django_iamport.signals.monitoring import log

FORM, FORM_WITH_FILES = "application/x-www-form-urlencoded", "multipart/form-data"
# No sum and no id has more; `1e99999999999999999999` is short, and what it stands for is not.
MOST_DIGITS = 100


def require_utf8(request: HttpRequest) -> None:
    """Raises `MalformedRequest` for another encoding: some can't be read, others say half a character."""
    charset = request.content_params.get("charset") if request.content_params else None
    try:
        is_utf8 = not charset or codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        is_utf8 = False
    if not is_utf8:
        # Whoever reports the request reads it, too.
        request.encoding = "utf-8"
        raise MalformedRequest("The body is not UTF-8.")


def read_fields(request: HttpRequest, *, most_bytes: int) -> dict[str, Any]:
    """The fields of a body in UTF-8; numbers of JSON are int and Decimal.

    Whatever isn't called a form is read as JSON, and so is an object that is called one: not every sender names
    the type, or the right one. Raises `MalformedRequest` or `BodyTooLarge`.
    """
    try:
        if int(request.headers.get("content-length") or 0) > most_bytes:
            raise BodyTooLarge(f"The body is larger than {most_bytes} bytes.")
        if _is_form(request):
            return dict(request.POST.items())
        if len(request.body) > most_bytes:
            raise BodyTooLarge(f"The body is larger than {most_bytes} bytes.")
        body = _json(request.body or b"{}")
    except RequestDataTooBig as error:
        raise BodyTooLarge("The body is larger than the project allows.") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise MalformedRequest("The body is not JSON.") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError) as error:
        raise MalformedRequest("The body is not a form.") from error
    except (UnreadablePostError, RawPostDataException) as error:
        raise MalformedRequest("The body could not be read.") from error
    if not isinstance(body, dict):
        raise MalformedRequest("The body is not a JSON object.")
    return body


def _is_form(request: HttpRequest) -> bool:
    if request.content_type == FORM:
        return not request.body.lstrip().startswith(b"{")
    return request.content_type == FORM_WITH_FILES


def as_text(name: str, value: object) -> str:
    """A text, a number or a truth value as text; raises `MalformedRequest` for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if not isinstance(value, (str, int)):
        raise MalformedRequest(f"{name!a} is not text.")
    text = str(value)
    if storable(text) != text:
        raise MalformedRequest(f"{name!a} holds an invalid character.")
    return text


def as_form_data(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields as a browser's form would have sent them; raises as `as_text` does."""
    return {name: as_text(name, value) for name, value in fields.items() if value is not None}


@contextmanager
def storable_values() -> Iterator[None]:
    """Values that a form lets pass and the database doesn't take; raises `MalformedRequest`."""
    try:
        yield
    except (DataError, OverflowError, UnicodeError) as error:
        log("order_form_not_storable", kind=type(error).__name__)
        raise MalformedRequest("A value of the form can't be stored.") from error


def _json(body: bytes) -> Any:
    return json.loads(
        body,
        parse_int=lambda digits: int(_bounded(digits)),
        parse_float=lambda digits: _decimal(_bounded(digits)),
        parse_constant=_no_number,
        object_pairs_hook=_each_once,
    )


def _bounded(digits: str) -> str:
    if len(digits) > MOST_DIGITS:
        raise ValueError("a number with too many digits")
    return digits


def _decimal(digits: str) -> Decimal:
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError("a number with too many digits")
    return number


def _no_number(word: str) -> NoReturn:
    raise ValueError("not a number")


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one name, who reads the body elsewhere may have seen the other."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name that stands there twice")
    return fields
