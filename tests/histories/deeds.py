"""What somebody does, as code that can be written by hand, drawn by hypothesis, and printed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.histories.history import History

# Which one, of those that it can be about: mostly the last.
WHICH = st.sampled_from([0, 0, 0, 1, 2])

KINDS: list[Kind] = []
"""Each as often as it should happen."""


class Kind:
    """Something that can be done: called, a deed with its arguments."""

    def __init__(
        self,
        do: Callable[..., None],
        is_possible: Callable[[History], object],
        arguments: dict[str, st.SearchStrategy[Any]],
    ) -> None:
        self.do, self.is_possible, self.arguments = do, is_possible, arguments

    def __repr__(self) -> str:
        return self.do.__name__

    def __call__(self, **arguments: Any) -> Deed:
        return Deed(self, arguments)


class Deed:
    def __init__(self, kind: Kind, arguments: dict[str, Any]) -> None:
        self.kind, self.arguments = kind, arguments

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.kind}({told})"

    def happens_to(self, history: History) -> None:
        """Nothing where it can't happen; raises AssertionError where something is wrong afterwards."""
        if self.kind.is_possible(history):
            history.reached[repr(self.kind)] += 1
            self.kind.do(history, **self.arguments)
            history.compare()


def deed(
    often: int = 1,
    when: Callable[[History], object] = lambda history: True,
    **arguments: st.SearchStrategy[Any],
) -> Callable[[Callable[..., None]], Kind]:
    """A function of a history and of `arguments` becomes a kind of deeds, possible `when` that is true."""

    def make(do: Callable[..., None]) -> Kind:
        kind = Kind(do, when, arguments)
        KINDS.extend([kind] * often)
        return kind

    return make


@st.composite
def deeds_of(draw: st.DrawFn, history: History) -> Deed:
    """One of those that are possible now."""
    kind = draw(st.sampled_from(KINDS).filter(lambda kind: bool(kind.is_possible(history))))
    return kind(**{name: draw(strategy) for name, strategy in kind.arguments.items()})
