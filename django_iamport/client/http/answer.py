"""How an answer becomes a typed object: the class says it all, by the types of its fields.

@dataclass(frozen=True, slots=True, repr=False)
class Certification(Answer):
    repr_fields = ("imp_uid", "certified")
    imp_uid: str                    # must be there
    certified: bool | None          # None where it is missing
    certified_at: datetime | None   # unix seconds on the wire; None for 0

read_certification = reader(Certification)
"""

# Annotations are evaluated at once in this module: other modules' dataclasses inherit the fields of Answer, and
# as a text `Mapping` would be looked up there.
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin, get_type_hints

from django_iamport.client.http import wire
from django_iamport.client.http.wire import Amount, Malformed, read_object, read_rows

A = TypeVar("A", bound="Answer")
T = TypeVar("T")
Read = Callable[[Mapping[str, Any], str], Any]

# A text that is never passed over where it is something else: what it says decides something.
DecidingText = Annotated[str | None, "decides"]

READERS: Mapping[Any, Read] = {
    str: wire.read_id,
    str | None: wire.read_label,
    DecidingText: wire.read_text,
    int | None: wire.read_count,
    bool | None: wire.read_flag,
    datetime | None: wire.read_moment,
    Amount: wire.read_amount,
    Amount | None: wire.read_sum,
    tuple[str, ...]: wire.read_texts,
}


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Answer:
    """What the gateway answered. `raw` is all of it, fields unknown here included; its fractions are Decimals.

    The repr shows the fields named in `repr_fields`: everything else may be personal.
    """

    repr_fields: ClassVar[tuple[str, ...]] = ()
    raw: Mapping[str, Any] = field(compare=False)

    def __repr__(self) -> str:
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.repr_fields)
        return f"{type(self).__name__}({facts})"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry of a list that can't be read. `problem` names the part; the ids are those that are texts."""

    problem: str
    imp_uid: str | None = None
    merchant_uid: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `previous` and `next` are the numbers of other pages, 0 for none.

    `next` is None where the gateway doesn't say: then another page may follow. `unreadable` are the entries of a
    list of payments that can't be read; of other lists one of them makes the whole page unreadable.
    """

    list: tuple[T, ...]
    total: int | None = None
    previous: int = 0
    next: int | None = 0
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a look-up of several ids found, and the ids under which the gateway knows nothing.

    `unreadable`: what it knows and can't be read; where such an entry names no id, it may be any of the missing.
    """

    found: tuple[T, ...]
    missing: tuple[str, ...]
    unreadable: tuple[Unreadable, ...] = ()


def reader(shape: type[A]) -> Callable[..., A]:
    """What makes an object of this class out of a decoded answer; it raises Malformed.

    A field that the gateway calls otherwise says so: `field(metadata={"wire_name": "channelGroupId"})`.
    """
    hints = get_type_hints(shape, include_extras=True)
    fields = [
        (part.name, part.metadata.get("wire_name", part.name), _reader_of(hints[part.name]))
        for part in dataclasses.fields(shape)
        if part.name != "raw"
    ]

    def read(answer: object, name: str = "response") -> A:
        row = read_object(answer, name)
        try:
            return shape(
                raw=row, **{name: read_part(row, wire_name) for name, wire_name, read_part in fields}
            )
        except Malformed as malformed:
            raise Malformed(f"{malformed} of {name}") from None

    return read


def rows_of(read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """Out of an array; one unreadable row makes the whole answer unreadable."""
    return lambda answer: tuple(read(row) for row in read_rows(answer, "response"))


def each_by_itself(read: Callable[[object], T]) -> Callable[[object], Page[T]]:
    """Out of an array, each row by itself: an unreadable one hides no other."""

    def read_all(answer: object) -> Page[T]:
        found: list[T] = []
        unreadable: list[Unreadable] = []
        for row in read_rows(answer, "response"):
            try:
                found.append(read(row))
            except Malformed as malformed:
                named = row if isinstance(row, dict) else {}
                ids = (wire.read_label(named, "imp_uid"), wire.read_label(named, "merchant_uid"))
                unreadable.append(Unreadable(str(malformed), *ids))
        return Page(tuple(found), unreadable=tuple(unreadable))

    return read_all


def page_of(
    read: Callable[[object], T], *, array_may_go_on: bool = False, each_alone: bool = False
) -> Callable[[object], Page[T]]:
    """Out of a page `{list, next, …}`; a bare array is the only page unless `array_may_go_on`.

    One unreadable row makes the whole page unreadable, unless `each_alone`.
    """
    read_rows_of = rows_of(read)

    def read_all(answer: object) -> Page[T]:
        return each_by_itself(read)(answer) if each_alone else Page(read_rows_of(answer))

    def read_page(answer: object) -> Page[T]:
        if isinstance(answer, list):
            return dataclasses.replace(read_all(answer), next=None if array_may_go_on else 0)
        page = read_object(answer, "response")
        return dataclasses.replace(
            read_all(page.get("list")),
            total=wire.read_count(page, "total"),
            previous=wire.read_page_number(page, "previous"),
            next=wire.read_page_number(page, "next"),
        )

    return read_page


def nothing(_: object) -> None:
    """An answer that says no more than that it was done."""


def _reader_of(hint: Any) -> Read:
    if hint in READERS:
        return READERS[hint]
    part = get_args(hint)[0]
    return partial(_read_parts if get_origin(hint) is tuple else _read_part, reader(part))


def _read_part(read: Callable[[object, str], T], row: Mapping[str, Any], name: str) -> T | None:
    return read(row[name], name) if row.get(name) else None


def _read_parts(read: Callable[[object, str], T], row: Mapping[str, Any], name: str) -> tuple[T, ...]:
    if row.get(name) is None:
        return ()
    return tuple(read(part, f"an entry of {name}") for part in read_rows(row[name], name))
