"""The client's methods beside the description's operations: which one is which, and arguments for each."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from django_iamport import client as package
from django_iamport.client import Client
from django_iamport.client.http.operation import IN_PATH, Operation, Options
from tests.contract import description
from tests.contract.description import Schema

PLACE_IN_PATH = re.compile(r"{.*?}")
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001
SUMS = st.integers(1, 999_999_999_999) | st.decimals(Decimal("0.01"), Decimal("9999999999.99"), places=2)
# Ids and texts that arrive as others where they aren't quoted.
TEXTS = st.sampled_from(
    ["주문 1", "💳", "a/b", "a&b=c", "a+b c", "a?b#c", "a%2Fb", "..a", "$;,:@!'()*"]
) | st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).filter(
    lambda text: text not in (".", "..")
)

# The description requires nothing of these; the methods check that one of several ids is there.
ONE_OF_SEVERAL = {
    "payments.cancel": {"imp_uid": "imp_1"},
    "payments.find_many": {"imp_uids": ["imp_1"]},
    "subscribe.unschedule": {"customer_uid": "c1"},
}


@dataclass(frozen=True, eq=False, repr=False)
class Method:
    """A method of the client, and the operation of the description that it carries out."""

    operation: Operation[Any]
    described: description.Operation

    def __repr__(self) -> str:
        return f"{self.described} {self.operation.name}"

    def of(self, client: Client) -> Callable[..., Any]:
        found: Any = client
        for step in self.operation.name.split("."):
            found = getattr(found, step)
        function: Callable[..., Any] = found
        return function

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """Those of the method itself, without what stands in its `options`."""
        parameters = dict(inspect.signature(self.of(Client("key", "secret"))).parameters)
        parameters.pop("options", None)
        return parameters

    @property
    def keywords(self) -> dict[str, str]:
        """Every parameter of the operation by its keyword, with its type as it is written."""
        shared: Mapping[str, Any] = self.operation.options.__annotations__
        hints = {name: str(getattr(hint, "__forward_arg__", hint)) for name, hint in shared.items()}
        own = {name: str(parameter.annotation) for name, parameter in self.parameters.items()}
        return {name: hint for name, hint in {**hints, **own}.items() if name not in OPTIONS}

    @property
    def required(self) -> set[str]:
        return {name for name, parameter in self.parameters.items() if parameter.default is parameter.empty}

    @property
    def defaults(self) -> dict[str, Any]:
        """What is sent where a keyword isn't given."""
        values = {name: parameter.default for name, parameter in self.parameters.items()}
        return {name: value for name, value in values.items() if name not in self.required and value}

    def wire_name(self, keyword: str) -> str:
        """The gateway's name of a keyword."""
        in_path = IN_PATH.findall(self.operation.path)
        if keyword in in_path:
            return str(IN_PATH.findall(self.described.path)[in_path.index(keyword)])
        names = self.operation.wire_names
        return names.get(keyword) or names.get(keyword.removesuffix("s"), keyword)  # several ids: `imp_uids`

    def arguments(self) -> st.SearchStrategy[dict[str, Any]]:
        """Values for the required keywords and for any of the others, as the description wants them."""
        schemas = {
            name: schema
            for place in ("path", "query", "formData")
            for name, schema in self.described.schema_of(place)["properties"].items()
        }
        values = {
            keyword: values_of(schemas[self.wire_name(keyword)], hint, self.described.definitions)
            for keyword, hint in self.keywords.items()
        }
        return st.fixed_dictionaries(
            {name: values[name] for name in values if name in self.required},
            optional={name: values[name] for name in values if name not in self.required},
        )


OPTIONS = Options.__optional_keys__


def declared() -> Iterator[Operation[Any]]:
    """Every operation that the client declares, once."""
    found: dict[int, Operation[Any]] = {}
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        values = vars(importlib.import_module(module.name)).values()
        found |= {id(value): value for value in values if isinstance(value, Operation)}
    return iter(found.values())


def shape(method: str, path: str) -> tuple[str, str]:
    """What an operation is known by, whatever its path's parts are called."""
    return method, PLACE_IN_PATH.sub("{}", path)


def methods(api: description.Description) -> list[Method]:
    """One for each operation of the description that the client declares."""
    described = {shape(operation.method, operation.path): operation for operation in api}
    known = {shape(operation.method, operation.path): operation for operation in declared()}
    return [Method(known[key], described[key]) for key in described if key in known]


def values_of(schema: Schema, hint: str, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    """Python values of a parameter: moments and sums where its type says so."""
    if "$ref" in schema:
        return values_of(definitions[schema["$ref"].rpartition("/")[2]], hint, definitions)
    if "anyOf" in schema:
        return st.one_of(
            [values_of(part, hint, definitions) for part in schema["anyOf"] if "null" not in str(part)]
        )
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("type") in ("integer", "number"):
        return _numbers(schema, hint)
    match schema.get("type"):
        case "array":
            return st.lists(
                values_of(schema["items"], hint, definitions), min_size=1, max_size=3, unique_by=str
            )
        case "object":
            return _objects(schema, definitions)
        case "boolean":
            return st.booleans()
    if schema.get("format") == "ipv4":
        return st.ip_addresses(v=4).map(str)
    return TEXTS.map(lambda text: text[: schema.get("maxLength")])


def _numbers(schema: Schema, hint: str) -> st.SearchStrategy[Any]:
    if "datetime" in hint:
        return MOMENTS
    if schema["type"] == "number":
        return SUMS
    return st.integers(max(1, schema.get("minimum", 1)), schema.get("maximum", 1000))


def _objects(schema: Schema, definitions: Mapping[str, Schema]) -> st.SearchStrategy[Any]:
    values = {
        name: values_of(value, "datetime" if name.endswith("_at") else "", definitions)
        for name, value in schema.get("properties", {}).items()
    }
    required = schema.get("required", ())
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in required},
        optional={name: value for name, value in values.items() if name not in required},
    )
