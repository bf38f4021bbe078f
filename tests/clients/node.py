"""Client packages of Node's, from Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

BRIDGE = Path(__file__).with_name("bridge.js")


class Refused(Exception):
    """What a client rejects with: `code` is `HTTP_401`, `IAMPORT_1` or None, where it failed by itself."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(code, message)
        self.code = code


class NodeClient:
    """A client in a process of its own, called by resource, method and parameters."""

    def __init__(self, node_modules: Path, package: str, host: str, key: str, secret: str) -> None:
        self.process = subprocess.Popen(
            ["node", str(BRIDGE), package, host, key, secret],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(node_modules), "NODE_NO_WARNINGS": "1"},
        )

    def close(self) -> None:
        self.process.communicate()

    def __call__(self, resource: str, method: str, **params: Any) -> Any:
        return self.ask(resource=resource, method=method, params=params)

    @property
    def methods(self) -> list[tuple[str, str]]:
        """Every method that it offers, as (resource, method)."""
        return [(resource, method) for resource, method in self.ask()]

    def ask(self, **question: Any) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "refused" in answer:
            raise Refused(answer["refused"]["code"], answer["refused"]["message"])
        return answer.get("response")


class Refusals:
    """Called as the client is, for what has to fail; answers the error's code, or what the client itself says."""

    def __init__(self, client: NodeClient) -> None:
        self.client = client

    def __call__(self, resource: str, method: str, **params: Any) -> str:
        with pytest.raises(Refused) as refused:
            self.client(resource, method, **params)
        return refused.value.code or str(refused.value)


CALL = r'\b{}\(\s*"(\w+)",\s*("\w+"|\w+)'
PARAMETRIZED = r'parametrize\("(\w+)", \[(.*?)\]\)'


def called_in(module: str, name: str) -> set[tuple[str, str]]:
    """The methods that a test module calls by that name, as (resource, method)."""
    text = Path(module).read_text(encoding="utf-8")
    calls = {(resource, method.strip('"')) for resource, method in re.findall(CALL.format(name), text)}
    words: dict[str, list[str]] = {}
    for word, those in re.findall(PARAMETRIZED, text):
        words.setdefault(word, []).extend(re.findall(r'"(\w+)"', those))
    return {(resource, each) for resource, method in calls for each in words.get(method, [method])}
