"""What goes back over the wire."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """`body` is the envelope `{code, message, response}` as UTF-8 JSON."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"


def envelope(status: int, code: int, message: str | None, response: Any) -> Answer:
    document = {"code": code, "message": message, "response": response}
    return Answer(status, json.dumps(document, ensure_ascii=False).encode(errors="backslashreplace"))
