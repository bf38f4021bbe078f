"""The table of operations in docs/client.md: each operation, its method, and what the method says of itself."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

from django_iamport import client as package
from django_iamport.client import Client
from django_iamport.client.http.operation import Operation

PAGE = Path(__file__).resolve().parents[2] / "docs" / "client.md"
ROW = re.compile(r"^\| `([\w.]+)` \| `(\w+ /[^`]*)` \| (✓?) ?\| (.+) \|$", re.MULTILINE)


def declared() -> dict[str, Operation[object]]:
    modules = [
        importlib.import_module(m.name)
        for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    values = [value for module in modules for value in vars(module).values()]
    return {value.name: value for value in values if isinstance(value, Operation)}


def first_sentence(name: str) -> str:
    method: object = Client("key", "secret")
    for step in name.split("."):
        method = getattr(method, step)
    text = " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s|(?<=[^.]);\s", text)[0].rstrip(".") + "."


def test_every_operation_stands_in_the_table_with_its_method():
    listed = {name: operation for name, operation, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    assert listed == {name: f"{op.method} {op.path}" for name, op in declared().items()}


def test_every_line_says_what_the_method_says():
    for name, _, _, text in ROW.findall(PAGE.read_text(encoding="utf-8")):
        assert text == first_sentence(name), name
