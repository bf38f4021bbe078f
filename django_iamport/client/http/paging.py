"""What takes several calls: lists page by page, look-ups of many ids by the hundred."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from django_iamport.client.errors import NotFound, Refused, UnexpectedAnswer
from django_iamport.client.http.answer import Found, Page, Unreadable
from django_iamport.client.http.operation import Operation, T

MOST_PAGES = 10_000  # a list that never ends is a broken answer
IDS_PER_CALL = 100


def walk(
    operation: Operation[Page[T]], ask: Callable[[int], Page[T]], *, merchant_uid: str | None = None
) -> Iterator[T]:
    """The rows of all pages, each page asked for when its first row is. `merchant_uid` is for the error.

    A list that doesn't say whether a page follows ends with an empty page, a refused one, or the same again.
    Raises UnexpectedAnswer where the pages don't follow one another, and behind the rows of a page of which some
    can't be read; and what `ask` raises.
    """
    number, page = 1, ask(1)
    while True:
        yield from page.list
        if page.unreadable:
            problem = f"the gateway's answer can't be used: {page.unreadable[0].problem}"
            raise UnexpectedAnswer(problem, operation=operation.name, merchant_uid=merchant_uid)
        if page.next == 0 or not (page.next or page.list):
            return
        number += 1
        if page.next not in (number, None) or number > MOST_PAGES:
            problem = "the pages of this list don't follow one another"
            raise UnexpectedAnswer(problem, operation=operation.name, merchant_uid=merchant_uid)
        before = page
        try:
            page = ask(number)
        except (NotFound, Refused) as past_the_end:
            if before.next is None and past_the_end.status in (400, 404):
                return
            raise
        if before.next is None and page == before:
            return


def by_hundreds(
    asked: Iterable[tuple[str, str]], ask: Callable[[Mapping[str, list[str]]], Page[T]]
) -> Found[T]:
    """What is found under any number of ids, asked for by the hundred, and the ids that were not found.

    `asked` are pairs of an id's name (`imp_uid`) and the id; `ask` takes those of one call, by name.
    """
    ids = list(dict.fromkeys(asked))
    sendable = [pair for pair in ids if _is_sendable(pair[1])]
    found: list[T] = []
    unreadable: list[Unreadable] = []
    for start in range(0, len(sendable), IDS_PER_CALL):
        by_name: dict[str, list[str]] = {}
        for name, value in sendable[start : start + IDS_PER_CALL]:
            by_name.setdefault(name, []).append(value)
        page = _found(ask, by_name)
        found += page.list
        unreadable += page.unreadable
    known = {
        (name, getattr(row, name)) for name in {name for name, _ in ids} for row in (*found, *unreadable)
    }
    missing = tuple(value for name, value in ids if (name, value) not in known)
    return Found(tuple(found), missing, tuple(unreadable))


def _found(ask: Callable[[Mapping[str, list[str]]], Page[T]], ids: Mapping[str, list[str]]) -> Page[T]:
    try:
        return ask(ids)
    except NotFound:
        return Page(())


def _is_sendable(value: str) -> bool:
    """Not the empty id, and none with half a character, as JSON from a browser can carry it."""
    try:
        return bool(value.encode())
    except UnicodeEncodeError:
        return False
