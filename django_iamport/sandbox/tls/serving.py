"""A server that speaks TLS."""

import logging
import socket
import ssl
import tempfile
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from . import authority

logger = logging.getLogger(__name__)


_NO_TRUST = "it doesn't trust the certificate authority"
REASONS = {
    "TLSV1_ALERT_UNKNOWN_CA": _NO_TRUST,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": _NO_TRUST,
    "SSLV3_ALERT_BAD_CERTIFICATE": _NO_TRUST,
    "HTTP_REQUEST": "it speaks HTTP, the address begins with https",
}


class SecureSocket(ssl.SSLSocket):
    """A connection whose failures look to a server like those without TLS."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        try:
            return super().recv_into(*args, **kwargs)
        except ssl.SSLError as error:
            reason = error.reason or str(error)
            logger.warning("No TLS with a client: %s", REASONS.get(reason, reason))
            return 0

    def send(self, *args: Any, **kwargs: Any) -> int:
        try:
            return super().send(*args, **kwargs)
        except ssl.SSLError as error:
            raise BrokenPipeError(str(error)) from None

    def shutdown(self, how: int) -> None:
        """Reading may end while an answer is still to be written."""
        if how == socket.SHUT_RD:
            socket.socket.shutdown(self, how)
        else:
            super().shutdown(how)


def secure(server: TCPServer, database: Path) -> Path:
    """Let a server that doesn't serve yet speak TLS; answers the authority's certificate, kept beside the data.

    Raises OSError or ValueError where the authority can't be written or read.
    """
    files = authority.Files.beside(database)
    authority.ensure(files)
    # Each thread makes its own handshake: a client that is slow with it keeps nobody waiting.
    server.socket = context(files).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
    )
    return files.certificate


def context(files: authority.Files) -> ssl.SSLContext:
    """With a certificate of its own."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.sslsocket_class = SecureSocket
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "server.pem")
        file.write_bytes(authority.issue(files))
        made.load_cert_chain(file)
    return made
