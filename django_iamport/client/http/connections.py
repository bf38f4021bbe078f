"""Connections whose every wait ends with the call, however slowly bytes drip in."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Iterable, Iterator
from math import inf
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from django_iamport.client.http import deadline

# Kept open for as many threads as ever asked at once; with more, urllib3 warns and closes.
MOST_KEPT = 1000


class _Answer(io.RawIOBase):
    """What a socket receives. Its own timeout is for one wait; all waits together end with the call."""

    def __init__(self, received: io.RawIOBase, sock: socket.socket) -> None:
        self._received = received
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left, one_wait = deadline.left(), self._sock.gettimeout()
        if left == inf:
            return self._received.readinto(buffer)
        if left <= 0:
            raise TimeoutError("the time of this call is over")
        self._sock.settimeout(left if one_wait is None else min(left, one_wait))
        try:
            return self._received.readinto(buffer)
        finally:
            self._sock.settimeout(one_wait)

    def close(self) -> None:
        self._received.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Answer(self.fp.detach(), sock))


class _WhileTimeIsLeft:
    """A socket's options. They are read before each address of a host is tried, and each gets the whole time to
    connect: once the call has to end, no further one is begun."""

    def __init__(self, options: Iterable[Any]) -> None:
        self._options = options

    def __iter__(self) -> Iterator[Any]:
        if deadline.left() <= 0:
            raise TimeoutError("the time of this call is over")
        return iter(self._options)


class _NoFurtherAddress:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.socket_options: Any = _WhileTimeIsLeft(getattr(self, "socket_options", None) or ())


class _Connection(_NoFurtherAddress, HTTPConnection):
    response_class = _Response


class _SecureConnection(_NoFurtherAddress, HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """The way to the gateway, also through a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _bound(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _bound(manager)
        return manager


def new_session() -> requests.Session:
    """A pool of kept-alive connections that end in time, for any number of threads."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_maxsize=MOST_KEPT))
    return session


def end_in_time(session: requests.Session, url: str) -> None:
    """Have the connections of a caller's own session end in time, too. Other requests of it stay as they are."""
    adapter = session.get_adapter(url)
    if isinstance(adapter, HTTPAdapter):
        _bound(adapter.poolmanager)


def leave_to_the_parent(session: requests.Session) -> None:
    """Give the session connections of this process's own; those it has are not touched."""
    adapters: list[Any] = [each for each in session.adapters.values() if isinstance(each, HTTPAdapter)]
    for adapter in adapters:
        # As after pickling: all as it was, with pools made anew.
        adapter.__setstate__(adapter.__getstate__())


def _bound(manager: urllib3.PoolManager) -> None:
    manager.pool_classes_by_scheme = _POOLS
