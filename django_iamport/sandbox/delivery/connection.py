"""The connection behind a request, kept waiting or cut on purpose."""

import select
import socket
import time
from collections.abc import Mapping
from typing import Any, NoReturn


class ConnectionDropped(Exception):
    """The caller's connection was cut: no answer reaches it."""


class RequestConnection:
    """`faults.Connection` over the socket of a request.

    Where the server hides its socket (None), the caller waits as long, and gets an empty answer.
    """

    def __init__(self, connection: socket.socket | None) -> None:
        self._socket = connection

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def drop(self, seconds: float) -> NoReturn:
        if self._socket is None:
            time.sleep(seconds)
            raise ConnectionDropped
        if seconds:
            # Readable means: the caller gave up. Nobody is waited for any longer.
            select.select([self._socket], [], [], seconds)
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            raise ConnectionDropped from None
        raise ConnectionDropped


def socket_of(environ: Mapping[str, Any]) -> socket.socket | None:
    """That of a WSGI request: gunicorn names it; Django's own servers leave it behind the input they hand over."""
    found = environ.get("gunicorn.socket")
    if found is None:
        body = environ.get("wsgi.input")
        buffered = getattr(getattr(body, "_read", None), "__self__", body)
        found = getattr(getattr(buffered, "raw", None), "_sock", None)
    return found if isinstance(found, socket.socket) else None
