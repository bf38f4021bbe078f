"""One request as an operation sees it, and what it makes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..rules import Account
from ..rules.refusals import wrong_parameter
from .parameters import Parameters

MOST_A_PAGE = 1000
USUAL_PAGE = 20


@dataclass(frozen=True)
class Paging:
    """`page` counts from 1."""

    page: int
    limit: int

    @classmethod
    def of(cls, query: Parameters, *, zero_is_first: bool = False) -> "Paging":
        page, limit = query.whole("page", 1), query.whole("limit", USUAL_PAGE)
        if zero_is_first:
            page = max(page, 1)
        if not page or not 1 <= limit <= MOST_A_PAGE:
            raise wrong_parameter()
        return cls(page, limit)

    @property
    def start(self) -> int:
        return (self.page - 1) * self.limit

    def as_json(self, total: int, listed: list[Any]) -> dict[str, Any]:
        """`previous` and `next` are page numbers, 0 where there is none."""
        following = self.page + 1 if self.page * self.limit < total else 0
        return {"total": total, "previous": self.page - 1, "next": following, "list": listed}


@dataclass(frozen=True)
class Call:
    account: Account
    query: Parameters
    body: Parameters

    @property
    def lenient_paging(self) -> Paging:
        """As official clients have seen it: page 0 is the first."""
        return Paging.of(self.query, zero_is_first=not self.account.answers_as_described)

    @property
    def undisputed_channel_key(self) -> str | None:
        """Where the description requires a `channel_key`, and official clients send none: None for none."""
        name = "channel_key"
        return self.body.required(name) if self.account.answers_as_described else self.body.text(name)

    @property
    def now(self) -> int:
        return self.account.clock.unix()


@dataclass(frozen=True)
class Result:
    response: Any
    status: int = 200


Operation = Callable[..., Result]
