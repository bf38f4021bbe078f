"""Answers that fit a schema of the description, as hypothesis strategies.

The description's dialect is small (bounds, enums, references, `allOf`, `anyOf`), and so is this: the library made
for it doesn't run on current hypothesis. What comes out is checked by jsonschema in test_description.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.contract.description import Operation

Schema = Mapping[str, Any]

ANY = st.characters(exclude_categories=["Cs"])
# What identifies is never empty, and holds no character that nobody sees; no schema says the second.
VISIBLE = st.characters(exclude_categories=["C", "Z"])


@cache
def answers(operation: Operation) -> st.SearchStrategy[Any]:
    """Whole answers that fit the schema of HTTP 200, successes and failures alike."""
    return _values(operation.answer_schema(), operation.definitions)


@cache
def successes(operation: Operation) -> st.SearchStrategy[Any]:
    """Those with code 0 and, where the schema has one, a `response` that is not null."""
    choices = _either(operation.answer_schema(), operation.definitions)
    return st.one_of([_success(choice, operation.definitions) for choice in choices])


def _success(schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    described = {**schema["properties"], "code": {"enum": [0]}}
    if "response" in described:
        described["response"] = {"anyOf": _either(described["response"], definitions)}
        described["response"]["anyOf"] = [
            s for s in described["response"]["anyOf"] if s.get("type") != "null"
        ]
    required = {"code", "response"} & set(described)
    return _values({"type": "object", "properties": described, "required": list(required)}, definitions)


def _either(schema: Schema, definitions: Schema) -> list[Schema]:
    """The schema without references, `allOf` and an outermost `anyOf`: one of these is to be fitted."""
    if "$ref" in schema:
        return _either(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return [choice for part in schema["anyOf"] for choice in _either(part, definitions)]
    if "allOf" in schema:
        parts = [choice for part in schema["allOf"] for choice in _either(part, definitions)]
        return [
            {
                "type": "object",
                "properties": {name: value for part in parts for name, value in part["properties"].items()},
                "required": [name for part in parts for name in part.get("required", ())],
            }
        ]
    return [schema]


def _values(schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    return st.one_of([_of_one(choice, definitions) for choice in _either(schema, definitions)])


def _of_one(schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            return _objects(schema, definitions)
        case "array":
            return st.lists(_values(schema.get("items", {}), definitions), max_size=3)
        case kind:
            return _of_kind(kind, schema)


def _of_kind(kind: str | None, schema: Schema) -> st.SearchStrategy[Any]:
    match kind:
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"], fullmatch=True)
        case "string":
            least = schema.get("minLength", 0)
            return st.text(VISIBLE if least else ANY, min_size=least, max_size=schema.get("maxLength", 30))
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return _sums(schema)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    return st.none() | st.booleans() | st.integers() | st.text(max_size=30)


def _objects(schema: Schema, definitions: Schema) -> st.SearchStrategy[Any]:
    required = schema.get("required", ())
    values = {name: _values(value, definitions) for name, value in schema.get("properties", {}).items()}
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in required},
        optional={name: value for name, value in values.items() if name not in required},
    )


def _sums(schema: Schema) -> st.SearchStrategy[Any]:
    """Sums of money have two decimals at most, which no schema says."""
    bounds = schema["minimum"], schema["maximum"]
    return st.integers(*bounds) | st.decimals(*bounds, places=2).map(float)
