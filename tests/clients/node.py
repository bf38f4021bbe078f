"""The official Node client, from Python."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

BRIDGE = Path(__file__).with_name("bridge.js")


class Refused(Exception):
    """What the Node client rejects with: `code` is `HTTP_401`, `IAMPORT_1` or None."""

    def __init__(self, code: str | None, message: str) -> None:
        super().__init__(code, message)
        self.code = code


class NodeClient:
    """The Node client in a process of its own, called by resource, method and parameters."""

    def __init__(self, node_modules: Path, host: str, key: str, secret: str) -> None:
        self.process = subprocess.Popen(
            ["node", str(BRIDGE), host, key, secret],
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
