"""The pairs of Python and Django in tox.ini, and which of them run on this machine.

Run as a script, it prints those that run here, but for the newest.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

PAIR = re.compile(r"py3(\d+)-django(\d+)")
CHOICE = re.compile(r"\{([\d,]+)\}")


def python_of(environment: str) -> str | None:
    """The interpreter of a pair; None for an environment that is none."""
    pair = PAIR.match(environment)
    return f"python3.{pair[1]}" if pair else None


def newest_here() -> str:
    """The newest pair that tox finds an interpreter for, the newest of all where it finds none."""
    return next((pair for pair in reversed(_pairs()) if _runs_here(pair)), _pairs()[-1])


def older_here() -> list[str]:
    """The pairs that tox finds an interpreter for, without the newest of them."""
    return [pair for pair in _pairs() if pair != newest_here() and _runs_here(pair)]


def find(python: str, folders: Iterable[str]) -> str | None:
    """The first in these folders that starts: pyenv keeps names on PATH that it will not start."""
    found = (path for folder in folders if (path := shutil.which(python, path=folder)))
    return next((path for path in found if _starts(path)), None)


def _starts(path: str) -> bool:
    return subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0


def _runs_here(pair: str) -> bool:
    return find(str(python_of(pair)), os.get_exec_path()) is not None


def _pairs() -> list[str]:
    """Those of the default line, the oldest first."""
    return sorted(_written_out(), key=lambda pair: [int(number) for number in PAIR.findall(pair)[0]])


def _written_out() -> Iterator[str]:
    config = configparser.ConfigParser(interpolation=None)
    config.read(Path(__file__).resolve().parents[1] / "tox.ini", encoding="utf-8")
    for line in config["tox"]["env_list"].split():
        if not line.startswith("py"):
            continue
        choices = [choice.split(",") for choice in CHOICE.findall(line)]
        for chosen in product(*choices):
            taken = iter(chosen)
            yield CHOICE.sub(lambda _, taken=taken: next(taken), line)


if __name__ == "__main__":
    print("\n".join(older_here()))
