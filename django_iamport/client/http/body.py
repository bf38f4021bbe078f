"""An answer's body, read piece by piece: no more than fits, before and after it is decompressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NoReturn

import requests
import urllib3

from django_iamport.client.http import deadline

# A list of a thousand payments has a few millions.
MOST_BYTES = 16_000_000
PIECE = 65_536
MOST_DIGITS = 40
MOST_DEPTH = 32

ACCEPTED = "gzip"


class Unusable(Exception):
    """A body that can't be used. The text says why, and nothing of what it holds."""


def read_body(response: requests.Response) -> bytes:
    """The whole body, decompressed. Raises Unusable, and what the connection raises."""
    if getattr(response, "_content_consumed", False):
        # By a hook of the caller's session.
        return _joined(iter([response.content]))
    if _length(response.headers) > MOST_BYTES:
        raise Unusable("the body is too large")
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _joined(_pieces(response))
    if encoding == ACCEPTED:
        return _joined(_unpacked(_pieces(response)))
    raise Unusable("the body is compressed in a way that was not asked for")


def _length(headers: Mapping[str, str]) -> int:
    text = headers.get("Content-Length", "")
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


def _pieces(response: requests.Response) -> Iterator[bytes]:
    read, received = _reader(response.raw), 0
    while piece := read(PIECE):
        received += len(piece)
        if received > MOST_BYTES:
            raise Unusable("the body is too large")
        yield piece
        if deadline.left() <= 0:
            raise requests.ReadTimeout("the time of this call is over")


def _reader(raw: Any) -> Callable[[int], bytes]:
    """One that answers what has come, without decompressing it; an adapter may have a plain file instead."""
    if not isinstance(raw, urllib3.HTTPResponse):
        read: Callable[[int], bytes] = raw.read
        return read
    # Before urllib3 2 only whole pieces can be waited for.
    some = getattr(raw, "read1", raw.read)
    return lambda size: some(size, decode_content=False)


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    member = None
    for piece in pieces:
        rest = piece
        while rest:
            member = member or zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                yield member.decompress(rest, PIECE)
            except zlib.error:
                raise Unusable("the body can't be decompressed") from None
            rest = member.unconsumed_tail or member.unused_data
            if member.eof:
                member = None
    if member is not None:
        raise Unusable("the body can't be decompressed")


def _joined(pieces: Iterator[bytes]) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MOST_BYTES:
            raise Unusable("the body is too large")
    return bytes(body)


def decode(body: bytes) -> dict[str, Any]:
    """The envelope. Raises Unusable; no error is chained, it would hold the body."""
    try:
        envelope = json.loads(body, parse_float=_fraction, parse_int=_whole, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        envelope = None
    if not isinstance(envelope, dict) or type(envelope.get("code")) is not int:
        raise Unusable("no envelope")
    if _is_deeper(envelope, MOST_DEPTH):
        raise Unusable("the body is nested too deeply")
    return envelope


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("too many digits")
    return int(text)


def _fraction(text: str) -> Decimal:
    """Also a number with an exponent: written out, `1e1000000` would take minutes."""
    number = Decimal(text) if len(text) <= MOST_DIGITS else None
    if number is None or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError("too many digits")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [part for parent in level for part in _parts(parent) if isinstance(part, (dict, list))]
        if not level:
            return False
    return True


def _parts(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value
