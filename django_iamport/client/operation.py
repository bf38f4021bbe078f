"""How an operation of the gateway is declared and called.

A new operation is one `Operation` and one short method of a group:

    VOID = Operation("vbanks.void", "DELETE", "/vbanks/{imp_uid}", parse_payment, writes=True)

    def void(self, imp_uid: str) -> Payment:
        return self._call(VOID, ids={"imp_uid": imp_uid})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

from django_iamport.client.errors import GatewayError, NotFound

T = TypeVar("T")
Timeout = float | tuple[float, float]
Ids = Mapping[str, str | None]
Query = Sequence[tuple[str, str]]
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One operation: its name here, method and path there, how its `response` is read.

    An operation that `writes` is never repeated once it may have reached the gateway.
    """

    name: str
    method: str
    path: str
    parse: Callable[[object], T]
    writes: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Request(Generic[T]):
    """One call of an operation. Shows nothing in its repr: the body may hold accounts, names and secrets."""

    operation: Operation[T]
    ids: Ids
    query: Query
    body: Body | None
    timeout: Timeout | None

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
        named = {**(self.body or {}), **self.ids}
        imp_uid, merchant_uid = named.get("imp_uid"), named.get("merchant_uid")
        return kind(
            problem,
            operation=self.operation.name,
            imp_uid=imp_uid if isinstance(imp_uid, str) else None,
            merchant_uid=merchant_uid if isinstance(merchant_uid, str) else None,
            status=status,
            **more,
        )


class Caller(Protocol):
    """Carries out an operation and answers what its `parse` made of the answer."""

    def __call__(
        self,
        operation: Operation[T],
        *,
        ids: Ids | None = None,
        query: Query = (),
        body: Body | None = None,
        timeout: Timeout | None = None,
    ) -> T: ...


class Group:
    """Operations that belong together, as `client.payments`."""

    def __init__(self, call: Caller) -> None:
        self._call = call
