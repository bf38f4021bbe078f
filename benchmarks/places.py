"""What a benchmark needs beside the package, for its length: a database, environments of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SERVER = {"HOST": "127.0.0.1", "PORT": "5432", "USER": "postgres", "PASSWORD": ""}


def environment(**further: str) -> dict[str, str]:
    """That of a process with the tests' settings on PostgreSQL (IAMPORT_TEST_DATABASE_HOST, … say where)."""
    server = {f"IAMPORT_TEST_DATABASE_{name}": value for name, value in SERVER.items()}
    chosen = {"IAMPORT_TEST_DATABASE_ENGINE": "postgresql", "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    return {**server, **os.environ, **chosen, **further}


@contextmanager
def database(name: str, like: str = "template1") -> Iterator[dict[str, str]]:
    """A new one, empty or a copy of another that nobody uses; yields the environment of processes that use it."""
    import psycopg
    from psycopg import sql

    of_server = environment()
    where: dict[str, Any] = {word.lower(): of_server[f"IAMPORT_TEST_DATABASE_{word}"] for word in SERVER}
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
        connection.execute(drop)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(like)))
        try:
            yield environment(IAMPORT_TEST_DATABASE_NAME=name)
        finally:
            connection.execute(drop)


@contextmanager
def venv(*requirements: str) -> Iterator[Path]:
    """A new environment with these packages from the index; yields its Python."""
    with tempfile.TemporaryDirectory(prefix="iamport-benchmark-") as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        yield python


def manage(env: dict[str, str], *command: str, settings: str) -> None:
    """Run a command of Django's in the environment."""
    command = (sys.executable, "-m", "django", *command, "--settings", settings)
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
