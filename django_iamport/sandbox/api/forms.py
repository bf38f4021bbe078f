"""Form bodies and queries as PHP reads them, which is how the gateway does: `schedules[0][amount]=100`."""

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

MOST_FIELDS = 1000
DEEPEST = 64
KEYS = re.compile(r"\[([^\[\]]*)\]")


def read_query(text: bytes) -> dict[str, Any]:
    """A query or an urlencoded body. Raises ValueError for bytes that are not UTF-8, and for too many fields."""
    pairs = parse_qsl(
        text.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
    )
    return nested(pairs)


def read_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    """The texts of a multipart body; files are passed over. Raises ValueError as `read_query` does."""
    head = b"Content-Type: " + content_type.encode("ascii", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    return nested(_fields(message.walk()))


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Values by name, a later one in place of an earlier; brackets make lists and parts with names of their own.

    What stands before a name as white space belongs to no name: `imp_key=1& imp_secret=2`.
    """
    values: dict[str, Any] = {}
    for name, value in pairs:
        keys = _keys(name)
        if keys:
            _put(values, keys, value)
    return {name: _listed(value) for name, value in values.items()}


def _fields(parts: Iterable[Message]) -> Iterator[tuple[str, str]]:
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and part.get_filename() is None and isinstance(payload, bytes):
            yield name, payload.decode()


def _keys(name: str) -> list[str]:
    """`a[b][]` as `a`, `b` and an empty text; none for a name that is empty or nested beyond sense."""
    start, bracket, _ = name.strip().partition("[")
    rest = name.strip()[len(start) :]
    keys = KEYS.findall(rest) if bracket else []
    if not start or len(keys) > DEEPEST:
        return []
    return [start, *(key.strip() for key in keys)]


def _put(values: dict[str, Any], keys: list[str], value: str) -> None:
    *way, last = keys
    for key in way:
        inner = values.get(_place(values, key))
        if not isinstance(inner, dict):
            inner = values[_place(values, key)] = {}
        values = inner
    values[_place(values, last)] = value


def _place(values: dict[str, Any], key: str) -> str:
    """An empty key means: behind the last number."""
    if key:
        return key
    numbers = [int(taken) for taken in values if taken.isascii() and taken.isdigit()]
    return str(max(numbers, default=-1) + 1)


def _listed(value: Any) -> Any:
    """What has numbers for names is a list."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    return list(inner.values()) if all(key.isascii() and key.isdigit() for key in inner) else inner
