"""Which requests are answered beside Django, and what goes back over the wire."""

import logging
import socket
import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from .. import conf
from ..api import SUBJECTS, Answer, envelope
from ..database import open_store
from ..decorators import wake_courier
from ..delivery.answering import answer
from ..delivery.connection import ConnectionDropped, RequestConnection
from ..delivery.faults import BROKEN
from ..rules import Account, Merchant
from ..state.clock import Clock
from .heads import Head

BELOW = "/api"
HEADERS = (
    "X-Frame-Options: DENY\r\nX-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n"
)
"""What Django's middleware adds to each answer."""
FAILED = envelope(500, -1, BROKEN, None)

logger = logging.getLogger(__name__)


def path_of_operation(head: Head) -> str | None:
    """The path from the API's root. None where Django is to decide: other pages, and hosts that aren't ours."""
    if not _is_ours(head.headers.get("host", "")):
        return None
    if head.path.startswith(f"{BELOW}/"):
        return head.path[len(BELOW) :]
    return head.path if head.path.split("/", 2)[1] in SUBJECTS else None


def respond(head: Head, path: str, body: bytes, scheme: str, connection: socket.socket) -> bytes:
    """Head and body of the answer. Raises ConnectionDropped where the caller is to get none."""
    store = open_store()
    account = Account(store, Clock(store), _merchant(scheme, head.headers["host"]))
    try:
        given = answer(
            account, RequestConnection(connection), head.method, path, head.query, head.headers, body
        )
        if head.method != "GET":
            wake_courier()
    except ConnectionDropped:
        raise
    except Exception:
        logger.exception("%s %s could not be answered.", head.method, path)
        given = FAILED
    return _on_the_wire(given, is_last=head.is_last)


@lru_cache(maxsize=256)
def _is_ours(host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@lru_cache(maxsize=256)
def _merchant(scheme: str, host: str) -> Merchant:
    return conf.merchant(f"{scheme}://{host}/receipt/")


def _on_the_wire(given: Answer, *, is_last: bool) -> bytes:
    head = (
        f"HTTP/1.1 {_status_line(given.status)}\r\nDate: {_date(int(time.time()))}\r\n"
        f"Content-Type: {given.content_type}\r\nContent-Length: {len(given.body)}\r\n{HEADERS}"
        f"{'Connection: close' if is_last else 'Connection: keep-alive'}\r\n\r\n"
    )
    return head.encode() + given.body


@lru_cache(maxsize=1)
def _date(unix: int) -> str:
    return formatdate(unix, usegmt=True)


@lru_cache(maxsize=64)
def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown Status Code"
