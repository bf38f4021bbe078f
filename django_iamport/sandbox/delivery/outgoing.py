"""Where the sandbox itself may call: a page may name any address, so only this side's machines are reached.

A name is resolved once, and the connection goes to the address that was checked: a second answer of the name
server can't lead it elsewhere.
"""

import socket
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

NEARBY = tuple(
    ip_network(network)
    for network in ("127.0.0.0/8", "::1", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
)
FORBIDDEN = "this address is not on this machine or in a private network: list its host to allow it"


def session_to(allowed_hosts: Collection[str]) -> requests.Session:
    """A session that reaches what is nearby and the hosts listed, never an address that is link-local.

    Others end in `requests.ConnectionError`.
    """
    session = requests.Session()
    # A proxy of the environment would stand between the sandbox and a shop on the same machine.
    session.trust_env = False
    adapter = _Adapter(frozenset(host.lower() for host in allowed_hosts))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def is_allowed(address: str, *, listed: bool) -> bool:
    """Whether a numeric address may be called; `listed` says that the name it stands for is allowed."""
    ip = _plain(address)
    if ip.is_link_local:
        return False
    return listed or any(ip in network for network in NEARBY if network.version == ip.version)


def _plain(address: str) -> IPv4Address | IPv6Address:
    """Without a zone, and an IPv4 address that is dressed up as IPv6 as itself."""
    ip = ip_address(address.partition("%")[0])
    return getattr(ip, "ipv4_mapped", None) or ip


def _checked(host: str, port: int, *, listed: bool) -> Iterator[str]:
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if is_allowed(str(address[0]), listed=listed):
            yield str(address[0])


class _Checked(HTTPConnection):
    """A connection to an address of its host that was checked."""

    def __init__(self, *args: Any, allowed_hosts: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowed_hosts = allowed_hosts

    def _new_conn(self) -> socket.socket:
        host, failure = self.host.strip("[]"), OSError(FORBIDDEN)
        timeout = self.timeout if isinstance(self.timeout, int | float) else None
        try:
            for address in _checked(host, self.port, listed=host.lower() in self._allowed_hosts):
                try:
                    return socket.create_connection((address, self.port), timeout)
                except OSError as error:
                    failure = error
        except OSError as error:
            failure = error
        raise NewConnectionError(self, str(failure)) from failure


class _CheckedSecurely(_Checked, HTTPSConnection):
    """The same, with TLS: the certificate is the name's, not the address's."""


class _Adapter(HTTPAdapter):
    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self._allowed_hosts = allowed_hosts
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        allowed_hosts = self._allowed_hosts

        class Pool(HTTPConnectionPool):
            ConnectionCls = _Checked

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs, allowed_hosts=allowed_hosts)

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = _CheckedSecurely

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs, allowed_hosts=allowed_hosts)

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}
