"""The sandbox alone: `iamport-sandbox --port 9090`, or `python -m django_iamport.sandbox`."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.db import DatabaseError

from . import conf
from .rules.channels import files
from .rules.switches import CHOICES
from .rules.webhook_settings import is_address_list, is_user_agent
from .server import Server, answer_securely, configure, start
from .tls.names import HOSTS_LINE


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="iamport-sandbox",
        description="An offline Iamport (PortOne V1): REST API, browser SDK, payment window and console.",
    )
    parser.add_argument("--port", type=_port, default=9090, help="default 9090; 0 picks a free one")
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine only")
    parser.add_argument("--key", help="the REST API key it accepts; generated and printed if not given")
    parser.add_argument("--secret", help="the REST API secret; generated and printed if not given")
    parser.add_argument("--webhook", type=_web_address, metavar="URL", help="where webhooks are sent")
    parser.add_argument(
        "--webhook-user-agent", type=_user_agent, metavar="TEXT", help="as webhooks name their sender"
    )
    parser.add_argument(
        "--webhook-forwarded-for",
        type=_addresses,
        metavar="ADDRESS",
        help="X-Forwarded-For of webhooks, such as one of the gateway's addresses",
    )
    parser.add_argument("--db", type=_database, metavar="FILE", help="keep everything in this SQLite file")
    parser.add_argument(
        "--channels",
        type=_channels,
        metavar="FILE",
        default=os.environ.get("IAMPORT_SANDBOX_CHANNELS") or None,
        help="the account's channels, in a TOML or JSON file; without it the usual ones of a Korean shop",
    )
    parser.add_argument(
        "--answers",
        choices=CHOICES["disputed_answers"],
        default="recorded",
        help="where the gateway's description and official clients disagree: as recorded, or as described",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="HOST",
        help="let pages of this host open windows, and call its addresses; may be repeated",
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="HTTPS, under the gateway's own names too; needs the extra [tls]; keep the authority by --db",
    )
    arguments = parser.parse_args(argv)

    try:
        server = Server(arguments.host, arguments.port)
    except OSError as error:
        sys.exit(f"Can't listen at {arguments.host}, port {arguments.port}: {error.strerror or error}.")
    # `docker stop` and most supervisors send SIGTERM; both signals end the server the same way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Whoever sends a second one waits for no answers.
    with suppress(KeyboardInterrupt), server, _new_folder() as folder:
        try:
            _serve(server, arguments, arguments.db or Path(folder, "sandbox.sqlite3"))
        except KeyboardInterrupt:
            server.finish()


def _new_folder() -> tempfile.TemporaryDirectory[str]:
    # An answer that is being made to wait may still hold its file at the end.
    return tempfile.TemporaryDirectory(prefix="iamport-sandbox-", ignore_cleanup_errors=True)


def _serve(server: Server, arguments: argparse.Namespace, database: Path) -> None:
    try:
        configure(
            database,
            host=server.server_name,
            key=arguments.key,
            secret=arguments.secret,
            notice_url=arguments.webhook,
            answers=arguments.answers,
            channels=arguments.channels,
            allowed_hosts=arguments.allow_host,
            webhook_user_agent=arguments.webhook_user_agent,
            webhook_forwarded_for=arguments.webhook_forwarded_for,
        )
    except DatabaseError as error:
        sys.exit(f"The file {database} can't be used as the database: {error}.")
    authority = _secure(server, database) if arguments.tls else None
    start(server)
    _introduce(server.url, arguments, authority)
    server.serve_forever()


def _secure(server: Server, database: Path) -> Path:
    """Answers the file of the certificate authority."""
    try:
        from .tls.serving import secure
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "cryptography":
            raise
        sys.exit(
            "--tls needs the package cryptography, which is not installed here: "
            "pip install 'django-iamport-checkout[tls]', or pip install cryptography."
        )
    try:
        file = secure(server, database)
    except (OSError, ValueError) as error:
        sys.exit(f"The certificate authority beside {database} can't be used: {error}.")
    answer_securely(server, file)
    return file


def _introduce(url: str, arguments: argparse.Namespace, authority: Path | None) -> None:
    merchant = conf.merchant(receipt_url="")
    facts = {
        "console": f"{url}/",
        "REST API": f"{url}/api",
        "SDK": f"{url}/iamport.js",
        "key": merchant.key,
        "secret": merchant.secret,
        "merchant": merchant.merchant_code,
        "webhooks": arguments.webhook or "to the notice_url of each payment",
        "kept in": arguments.db or "a temporary file, deleted at the end",
    }
    if authority is not None:
        facts |= {"CA": str(authority), "hosts": HOSTS_LINE, "trust": f"{url}/console/clients says how"}
    lines = [f"  {name:<10}{value}" for name, value in facts.items()]
    sys.stdout.write("\n".join(["Iamport sandbox", *lines, "Ctrl-C stops it.", ""]))
    sys.stdout.flush()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to 65535")
    return int(text)


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a web address: it must begin with http:// or https://"
        )
    return text


def _user_agent(text: str) -> str:
    if not is_user_agent(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a line of ASCII characters")
    return text


def _addresses(text: str) -> str:
    if not is_address_list(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not an IP address, or several with commas between them"
        )
    return text


def _channels(text: str) -> Path:
    file = Path(text).absolute()
    try:
        files.load(file)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{file} can't be read: {error.strerror or error}") from None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{file}: {error}") from None
    return file


def _database(text: str) -> Path:
    file = Path(text).absolute()
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"{file} is a folder: use a file")
    if not file.parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {file.parent}")
    return file


if __name__ == "__main__":
    main()
