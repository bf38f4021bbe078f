"""How an operation of the gateway is declared and called.

A new operation is one `Operation` and one short method of a group. The method hands over its own arguments with
`locals()`, so that a parameter is named once, in the signature, where its type stands as well:

    VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", read_payment)

    def void(self, imp_uid: str, *, pg_api_key: str | None = None, **options: Unpack[Options]) -> Payment:
        return self._call(VOID, locals())
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypedDict, TypeVar, cast
from urllib.parse import quote

from django_iamport.client.errors import GatewayError, NotFound
from django_iamport.client.http.frames import leaving_no_values
from django_iamport.client.http.wire import query_pairs, wire_value

T = TypeVar("T")
Timeout = float | tuple[float, float]
Query = Sequence[tuple[str, str]]
Body = Mapping[str, Any]

IN_PATH = re.compile(r"{(\w+)}")
IN_QUERY = ("GET", "DELETE")
IDS = ("imp_uid", "merchant_uid", "customer_uid")  # what an error names, beside those in the path


class Options(TypedDict, total=False):
    """What every call takes beside the operation's own parameters.

    `timeout` (seconds, or connect and read) and `tier` (a sub-merchant's code, None for none) replace the
    client's for this call. `extra_query` and `extra_body` are sent along as they are: parameters that the
    gateway has and this client doesn't know yet.
    """

    timeout: Timeout
    tier: str | None
    extra_query: Mapping[str, Any]
    extra_body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One operation: its name here, method and path there, how its `response` is read.

    Parameters that the path names go there; those of a GET or a DELETE and those in `query` go into the query,
    all others into a JSON body. `wire_names` are the gateway's names where they are none for Python. A POST that
    `only_reads` changes nothing there; all else but a GET is never repeated once it may have arrived. `options`
    are the method's further keywords: Options, or a subclass with parameters that several operations share.
    """

    name: str
    method: str
    path: str
    read: Callable[[object], T]
    query: tuple[str, ...] = ()
    wire_names: Mapping[str, str] = field(default_factory=dict)
    only_reads: bool = False
    options: type = Options

    @property
    def writes(self) -> bool:
        return self.method != "GET" and not self.only_reads

    def request(self, parameters: Mapping[str, Any], options: Options | None = None) -> Request[T]:
        """A call with these parameters; those that are None are left out.

        Raises TypeError and ValueError for what the wire can't carry: see `wire_value`.
        """
        in_path = IN_PATH.findall(self.path)
        query: dict[str, Any] = {}
        body: dict[str, Any] = {}
        for name, value in parameters.items():
            if name not in in_path and value is not None:
                place = query if self.method in IN_QUERY or name in self.query else body
                place[self.wire_names.get(name, name)] = wire_value(name, value)
        options = options or {}
        query |= options.get("extra_query", {})
        body |= options.get("extra_body", {})
        return Request(
            operation=self,
            ids={name: parameters[name] for name in in_path},
            query=[pair for name, value in query.items() for pair in query_pairs(name, value)],
            body=body or None,
            options=options,
        )


@dataclass(frozen=True, slots=True, repr=False)
class Request(Generic[T]):
    """One call of an operation. Shows nothing in its repr: the body may hold accounts, names and secrets."""

    operation: Operation[T]
    ids: Mapping[str, str | None]
    query: Query
    body: Body | None
    options: Options

    @property
    def path(self) -> str:
        """The path with its ids, percent-encoded; a part whose id is None is left out.

        Raises NotFound for an id that no path can name: the empty one, and `.` and `..`, which would lead
        to another operation.
        """
        parts = (self._part(part) for part in self.operation.path.split("/"))
        return "/".join(part for part in parts if part is not None)

    def _part(self, part: str) -> str | None:
        if not part.startswith("{"):
            return part
        value = self.ids[part.strip("{}")]
        if value is None:
            return None
        try:
            quoted = quote(value, safe="")
        except UnicodeEncodeError:  # half a character, as JSON from a browser can carry it
            quoted = ""
        if quoted in {"", ".", ".."}:
            raise self.error(NotFound)
        return quoted

    def error(
        self,
        kind: type[GatewayError],
        problem: str | None = None,
        *,
        status: int | None = None,
        **more: Any,
    ) -> GatewayError:
        """An error of that kind that knows which call it was."""
        named = {name: value for name, value in (self.body or {}).items() if name in IDS}
        ids = {name: value for name, value in {**named, **self.ids}.items() if isinstance(value, str)}
        ids.pop("status", None)  # of payments, a word in the path of lists; an error's is HTTP's
        return kind(problem, operation=self.operation.name, status=status, **ids, **more)


NO_PARAMETERS = {"self", "options"} | Options.__optional_keys__


class Send(Protocol):
    """Carries out a request and answers what the operation made of the answer."""

    def __call__(self, request: Request[T]) -> T: ...


class Group:
    """Operations that belong together, as `client.payments`. Errors of their calls hold nobody's values."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, method in list(vars(cls).items()):
            if inspect.isfunction(method) and not name.startswith("_"):
                setattr(cls, name, leaving_no_values(method))

    def __init__(self, send: Send) -> None:
        self._send = send

    def _call(self, operation: Operation[T], arguments: Mapping[str, Any]) -> T:
        """Send a method's own arguments (`locals()`) as the operation's parameters, options beside them."""
        more: Mapping[str, Any] = arguments.get("options", {})
        if unknown := more.keys() - operation.options.__optional_keys__:  # type: ignore[attr-defined]
            raise TypeError(f"{operation.name} takes no {', '.join(sorted(unknown))}")
        given = {**arguments, **more}
        options = cast("Options", {name: more[name] for name in Options.__optional_keys__ & more.keys()})
        parameters = {name: given[name] for name in given if name not in NO_PARAMETERS}
        return self._send(operation.request(parameters, options))
