"""The sandbox as a server of its own: settings, database and HTTP, with nothing configured elsewhere."""

import secrets
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from io import BufferedReader
from ipaddress import ip_address
from pathlib import Path
from socketserver import TCPServer
from typing import Any, cast

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.utils import get_random_secret_key
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from .tls.names import GATEWAY

GRACE_SECONDS = 5
"""How long requests that are being answered may take once the server is to end."""

BUSY_SECONDS = 1
"""How long a file that another process holds is waited for: one that is ending, not one that runs."""

LOCAL_NAMES = (".localhost", "127.0.0.1", "[::1]")


class Handler(WSGIRequestHandler):
    disable_nagle_algorithm = True  # else each answer on a kept connection waits 40 ms
    wbufsize = -1  # head and body leave together

    server: "Server"

    def handle_one_request(self) -> None:
        """The REST API's ordinary requests beside Django, all others through it."""
        if not (self.server.is_started and self._is_answered()):
            super().handle_one_request()

    def _is_answered(self) -> bool:
        from .delivery.connection import ConnectionDropped
        from .direct import api, heads

        rfile, connection = cast("BufferedReader", self.rfile), cast("socket.socket", self.connection)
        # What is only looked at is still there for Django.
        text, end, _ = rfile.peek().partition(b"\r\n\r\n")
        head = heads.read(text) if end else None
        path = None if head is None else api.path_of_operation(head)
        if head is None or path is None:
            return False
        rfile.read(len(text) + len(end))
        self.close_connection = True
        body = rfile.read(head.length)
        if len(body) == head.length:
            with suppress(ConnectionDropped):
                self.wfile.write(api.respond(head, path, body, self.server.scheme, connection))
                self.wfile.flush()
                self.close_connection = head.is_last
        return True

    def get_environ(self) -> dict[str, Any]:
        """With the address as it was sent: `%2F` doesn't end an id."""
        return {**super().get_environ(), "RAW_URI": self.path}


class Server(ThreadedWSGIServer):
    """A thread for each connection, which may stay open between requests."""

    # Dozens of shops' workers may connect at the same moment.
    request_queue_size = 128
    scheme = "http"
    is_started = False
    """Whether it is the sandbox that answers."""

    def __init__(self, host: str, port: int) -> None:
        """Bind; `port` 0 takes a free one. Raises OSError where that can't be."""
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__((host, port), Handler, ipv6=":" in host)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # without HTTPServer's look-up of this machine's name
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
        self.setup_environ()

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        every = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, not bound
        host = every.get(self.server_name, self.server_name)
        shown = f"[{host}]" if ":" in host else host
        return f"{self.scheme}://{shown}:{self.server_port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        super().close_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def finish(self, seconds: float = GRACE_SECONDS) -> None:
        """Take no more requests, and let those that are being answered end."""
        from .background import courier
        from .database import release_file

        self.server_close()
        end = time.monotonic() + seconds
        with self._changed:
            for connection in self._open:
                _stop_reading(connection)
            while self._open and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
        courier.wait(max(0, end - time.monotonic()))
        release_file()


def configure(
    database: Path,
    *,
    host: str,
    key: str | None,
    secret: str | None,
    notice_url: str | None,
    answers: str,
    channels: Path | None,
    allowed_hosts: Sequence[str],
    webhook_user_agent: str | None = None,
    webhook_forwarded_for: str | None = None,
) -> None:
    """Set Django up around the SQLite file `database`, which is made where there is none.

    `host` is the address it listens at: one of this machine alone is answered by this machine's names alone,
    so that no site can lead a browser here under a name of its own.
    A key or secret that is None is made up once and kept in the file. Raises django.db.DatabaseError where
    the file can't be used.
    """
    names = [*LOCAL_NAMES, *GATEWAY, *allowed_hosts] if ip_address(host).is_loopback else ["*"]
    settings.configure(**_settings(database), ALLOWED_HOSTS=names)
    django.setup()
    call_command("migrate", verbosity=0)
    from .database import hold_file

    hold_file(database)
    made_up = _made_up_credentials()
    settings.IAMPORT_SANDBOX_KEY = key or made_up["key"]
    settings.IAMPORT_SANDBOX_SECRET = secret or made_up["secret"]
    settings.IAMPORT_SANDBOX_NOTICE_URL = notice_url
    settings.IAMPORT_SANDBOX_ANSWERS = answers
    settings.IAMPORT_SANDBOX_CHANNELS = channels
    settings.IAMPORT_SANDBOX_ALLOWED_HOSTS = allowed_hosts
    settings.IAMPORT_SANDBOX_WEBHOOK_FORWARDED_FOR = webhook_forwarded_for
    if webhook_user_agent is not None:
        settings.IAMPORT_SANDBOX_WEBHOOK_USER_AGENT = webhook_user_agent


def answer_securely(server: Server, authority: Path) -> None:
    """Say of the configured sandbox that its server speaks TLS, with a certificate of that authority."""
    server.scheme = "https"
    server.base_environ["HTTPS"] = "on"
    settings.IAMPORT_SANDBOX_CA_FILE = str(authority)


def start(server: Server) -> None:
    """Let the configured sandbox answer the server's requests, and send the webhooks that still wait."""
    from .background import courier

    server.set_app(get_wsgi_application())
    server.is_started = True
    courier.wake()


def _made_up_credentials() -> dict[str, str]:
    from .database import open_store

    store = open_store()
    with store.exclusive():
        row = store.get("account", "made_up")
        if row is None:
            row = {"key": secrets.token_hex(8), "secret": secrets.token_hex(40)}
            store.put("account", "made_up", row)
    return row


def _settings(database: Path) -> dict[str, Any]:
    return {
        "SECRET_KEY": get_random_secret_key(),
        "ROOT_URLCONF": "django_iamport.sandbox.root_urls",
        "INSTALLED_APPS": ["django_iamport.sandbox"],
        "MIDDLEWARE": [
            "django.middleware.security.SecurityMiddleware",
            # Content-Length: without it every answer ends its connection.
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        "APPEND_SLASH": False,
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        "DATABASES": {
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": database,
                # For the migrations alone; then the process holds the file for itself.
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": BUSY_SECONDS},
            }
        },
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", "English"), ("ko", "한국어")],
        "USE_TZ": True,
        "LOGGING": {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"stderr": {"class": "logging.StreamHandler"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                # Refusals are the gateway's daily work; errors of the sandbox itself are shown once.
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "CRITICAL", "propagate": False},
            },
        },
        "IAMPORT_SANDBOX_ALLOWED": True,
    }


def _stop_reading(connection: socket.socket) -> None:
    """A thread that waits for the next request of a kept connection learns that there is none."""
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return
