"""Keep what this version's shops look like, so that a later one can be tried on them.

    python tests/project/released/freeze.py

writes the folder of the version in setup.cfg anew: the migrations that a shop makes, its database with some
purchases in it, and every name that is promised. Part of a release; a version that is out is never frozen again.
"""

from __future__ import annotations

import configparser
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

MAKE = """
import django; django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
from django_iamport.contrib.escrow import deliveries
from django_iamport.testing import sandbox
from shop.models import Order, OrderTransaction, Ticket, TicketTransaction

user = User.objects.create(username="kim")

with sandbox() as gateway:
    for happening in ("held", "refunded in part", "forged", "failed", "open", "escrow"):
        order = Order.objects.create(name="Tea", amount=50_000, user=user)
        row = OrderTransaction.objects.create_new(order)
        if happening == "forged":
            gateway.pay(merchant_uid=row.merchant_uid, amount=100)
        elif happening == "failed":
            gateway.decline(row)
        elif happening == "escrow":
            gateway.pay(row, escrow=True, pg="kcp")
        elif happening != "open":
            gateway.pay(row)
        if happening != "open":
            row.sync()
        if happening == "refunded in part":
            row.cancel(7_500, reason="one cup broke")
        if happening == "escrow":
            deliveries.register(row, company="CJGLS", invoice="123")
    ticket = TicketTransaction.objects.create_new(Ticket.objects.create(price=9_000))
    gateway.pay(ticket)
    ticket.sync()
"""


def version() -> str:
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["metadata"]["version"]


def run(script: str, *, cwd: Path, shop: Path) -> str:
    """Answers what it prints; `cwd` has the databases, `shop` the shop's code."""
    path = os.pathsep.join(map(str, (HERE, shop, ROOT)))
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def names() -> list[str]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from tests.test_public_api import promised

    return sorted(promised())


def folded(names: list[str]) -> str:
    """A line a name, with its arguments; what begins with the name above it says the rest alone."""
    arguments: dict[str, list[str]] = {}
    for name in names:
        path, _, argument = name.removesuffix(")").partition("(")
        arguments.setdefault(path, []).extend([argument] if argument else [])
    lines, above = [], ""
    for path in sorted(arguments):
        is_below = bool(above) and path.startswith(f"{above}.")
        above = above if is_below else path
        shown = path.replace(above, " ", 1) if is_below else path
        lines.append(f"{shown} {' '.join(arguments[path])}".rstrip())
    return "\n".join(lines) + "\n"


def unfolded(text: str) -> set[str]:
    names, above = set(), ""
    for line in text.splitlines():
        name, *arguments = line.split()
        if line.startswith(" "):
            name = above + name
        else:
            above = name
        names |= {name, *(f"{name}({argument})" for argument in arguments)}
    return names


def main() -> None:
    kept = HERE / version()
    if not kept.exists():
        latest = max(HERE.glob("[0-9]*"), key=lambda folder: [int(part) for part in folder.name.split(".")])
        shutil.copytree(latest / "shop", kept / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(kept / "shop/migrations", ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        run(MAKE, cwd=Path(folder), shop=kept)
        with closing(sqlite3.connect(Path(folder) / "default.sqlite3")) as database:
            (kept / "database.sql").write_text("\n".join(database.iterdump()) + "\n", encoding="utf-8")
    (kept / "names.txt").write_text(folded(names()), encoding="utf-8")
    for command in (["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "-q", kept], check=False)


if __name__ == "__main__":
    main()
