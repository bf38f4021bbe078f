"""The gateway's own description of its REST API (Swagger 2.0), corrected, as the contract tests ask it.

from tests.contract.description import load

API = load()  # skips the module, saying why, where IAMPORT_OPENAPI names no description
API.operations["GET", "/payments/{imp_uid}"].check_answer(200, body)
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.contract.corrections import corrected

VARIABLE = "IAMPORT_OPENAPI"
WHY_SKIPPED = f"{VARIABLE} names no copy of the gateway's REST description (CONTRIBUTING.md)"

Schema = dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Operation:
    """One operation of the description. `path` has its ids in braces, as there."""

    method: str
    path: str
    operation_id: str
    group: str
    parameters: tuple[Schema, ...]
    responses: Mapping[str, Schema]
    definitions: Mapping[str, Schema]

    def __repr__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def statuses(self) -> frozenset[int]:
        """Every HTTP status that is declared."""
        return frozenset(map(int, self.responses))

    def parameters_in(self, place: str) -> Iterator[Schema]:
        """Those of the `path`, the `query` or the body (`formData`)."""
        return (parameter for parameter in self.parameters if parameter["in"] == place)

    def schema_of(self, place: str) -> Schema:
        """The parameters of one place as one object's schema; nothing but them may be in it."""
        parameters = list(self.parameters_in(place))
        required = [parameter["name"] for parameter in parameters if parameter.get("required")]
        return {
            "type": "object",
            "properties": {parameter["name"]: _value_of(parameter) for parameter in parameters},
            **({"required": required} if required else {}),
            "additionalProperties": False,
            "definitions": self.definitions,
        }

    def answer_schema(self, status: int = 200) -> Schema:
        """The whole answer's schema, envelope included; a status without one of its own answers an envelope."""
        declared = self.responses[str(status)].get("schema") or {"$ref": "#/definitions/ResponseAnnotation"}
        return {**declared, "definitions": self.definitions}

    def check_answer(self, status: int, body: object) -> None:
        """Raises jsonschema's ValidationError where this answer isn't one of this operation's."""
        assert status in self.statuses, f"{self} doesn't declare HTTP {status}"
        _validate(body, self.answer_schema(status))

    def check_request(self, query: Iterable[tuple[str, str]], body: object) -> None:
        """Raises jsonschema's ValidationError where these aren't parameters of this operation.

        `query` is as decoded from the URL (texts; numbers and flags are read by their declared types),
        `body` the decoded JSON, None for none.
        """
        _validate(self._read_query(query), self.schema_of("query"))
        _validate({} if body is None else body, self.schema_of("formData"))

    def _read_query(self, query: Iterable[tuple[str, str]]) -> dict[str, object]:
        types = {parameter["name"]: parameter.get("type") for parameter in self.parameters_in("query")}
        read: dict[str, Any] = {}
        for name, text in query:
            if types.get(name) == "array":
                read.setdefault(name, []).append(text)
            else:
                assert name not in read, f"{name} is there twice"
                read[name] = _read(text, types.get(name))
        return read


@dataclass(frozen=True)
class Description:
    """All operations, by method and path."""

    operations: Mapping[tuple[str, str], Operation]

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations.values())

    def __len__(self) -> int:
        return len(self.operations)


def load() -> Description:
    """The corrected description. Skips the calling module where the variable is not set."""
    if not os.environ.get(VARIABLE):
        pytest.skip(WHY_SKIPPED, allow_module_level=True)
    return _read_description(os.environ[VARIABLE])


def raw() -> dict[str, Any]:
    """The description as it is, uncorrected. Skips like `load`."""
    if not os.environ.get(VARIABLE):
        pytest.skip(WHY_SKIPPED, allow_module_level=True)
    content: dict[str, Any] = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))
    return content


@cache
def _read_description(_path: str) -> Description:
    described = corrected(raw())
    return Description(
        {
            (method.upper(), path): Operation(
                method=method.upper(),
                path=path,
                operation_id=operation["operationId"],
                group=operation["tags"][0],
                parameters=tuple(operation.get("parameters", ())),
                responses=operation["responses"],
                definitions=described["definitions"],
            )
            for path, operations in described["paths"].items()
            for method, operation in operations.items()
        }
    )


def _value_of(parameter: Schema) -> Schema:
    """The schema of a parameter's value. A body is JSON: a `schema` beside a form's type says more than it."""
    if "schema" in parameter:
        schema: Schema = parameter["schema"]
        return schema
    words = ("type", "items", "enum", "maxLength", "minimum", "maximum", "format")
    return {word: parameter[word] for word in words if word in parameter}


def _validate(instance: object, schema: Schema) -> None:
    Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER).validate(instance)


def _read(text: str, declared: str | None) -> object:
    if declared == "integer" and text.lstrip("-").isdigit():
        return int(text)
    if declared == "boolean" and text in ("true", "false"):
        return text == "true"
    return text
