"""Servers of a test's own, in threads beside it, and waiting for them."""

import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import HTTPServer
from pathlib import Path
from typing import Any, TypeVar

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection
from django.test.testcases import QuietWSGIRequestHandler

Server = TypeVar("Server", bound=HTTPServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Answers requests until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what happens in another thread or process."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


class Site(ThreadedWSGIServer):
    """The tests' site; it is closed when the last of its threads has ended, so that none meets a later test."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), QuietWSGIRequestHandler)
        self.set_app(StaticFilesHandler(WSGIHandler()))
        self._accepted: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._accepted.append(request)
        super().process_request(request, client_address)

    def server_close(self) -> None:
        for accepted in self._accepted:
            # a client that keeps its connection open would be waited for
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        super().server_close()


@contextmanager
def database_in_a_file(path: Path) -> Iterator[None]:
    """SQLite in memory is one connection, which no two threads may use at once; a file has one for each.

    (Python 3.10 looks up statements by a cache that two threads leave torn: errors in some later test.)
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, name = connection.connection, connection.settings_dict["NAME"]
    with closing(sqlite3.connect(path)) as file:
        in_memory.backup(file)
    # The threads' connections are made from the same settings.
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = in_memory, name
