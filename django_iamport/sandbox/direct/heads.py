"""The head of an HTTP request, read where nothing about it is out of the ordinary."""

import re
from typing import NamedTuple

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
LEFT_TO_DJANGO = ("transfer-encoding", "expect", "upgrade", "origin", "sec-fetch-site")
"""Other ways to send a body, and what only browsers say: whose page asks has to be looked at."""
LONGEST_BODY = 1_000_000
UTF_8 = re.compile(r'[^;]*(;\s*charset\s*=\s*"?utf-?8"?\s*)?', re.IGNORECASE)
ADDRESS = re.compile(r"/[!\"$-\[\]-~]*")
"""Without white space, fragment and backslash."""


class Head(NamedTuple):
    """`path` and `query` as they were sent; names of headers in small letters."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    length: int

    @property
    def is_last(self) -> bool:
        """Whether the connection ends with the answer."""
        return self.headers.get("connection", "").lower() == "close"


def read(head: bytes) -> Head | None:
    """What stands before the empty line. None for everything that a reader could take for something else."""
    try:
        line, *fields = head.decode("ascii").split("\r\n")
    except UnicodeDecodeError:
        return None
    method, _, rest = line.partition(" ")
    address, _, version = rest.partition(" ")
    headers = _headers(fields)
    if headers is None or version != "HTTP/1.1" or method not in METHODS or not ADDRESS.fullmatch(address):
        return None
    length = headers.get("content-length", "0")
    path, _, query = address.partition("?")
    if (
        not length.isdigit()
        or int(length[:10]) > LONGEST_BODY
        or "%00" in address
        or not UTF_8.fullmatch(headers.get("content-type", ""))
        or any(name in headers for name in LEFT_TO_DJANGO)
    ):
        return None
    return Head(method, path, query, headers, int(length))


def _headers(fields: list[str]) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for field in fields:
        name, colon, value = field.partition(":")
        name = name.lower()
        if not colon or not name.replace("-", "").isalnum() or name in headers:
            return None
        if "\n" in value or "\r" in value or "\0" in value:
            return None
        headers[name] = value.strip()
    return headers
