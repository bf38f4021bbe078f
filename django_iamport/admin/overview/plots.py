"""Numbers become lengths: what the templates draw as SVG, without a script and without a style.

Widths are percentages and heights are pixels, so that texts keep their size on a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

HEIGHT = 200
# Above the plot, for the words of its highest line; below it, for the days.
ABOVE, BELOW = 16, 22
LINES = 4
MOST_LABELS = 6
A_LETTER = 7
# Of a column's share of the width.
FILLED = 70


@dataclass(frozen=True)
class Value:
    """What one bar stands for: `words` say it, `url` lists it."""

    amount: Decimal
    words: str
    url: str = ""


@dataclass(frozen=True)
class Column:
    label: str
    up: Value
    down: Value | None = None


@dataclass(frozen=True)
class Bar:
    kind: str
    x: str
    width: str
    y: str
    height: str
    title: str
    url: str


@dataclass(frozen=True)
class Mark:
    x: str
    y: str
    words: str


@dataclass(frozen=True)
class Plot:
    columns: Sequence[Column]
    bars: Sequence[Bar]
    lines: Sequence[Mark]
    labels: Sequence[Mark]
    zero: str
    # Of the words beside the lines, in pixels.
    scale: int
    height: int = ABOVE + HEIGHT + BELOW


def plot(columns: Sequence[Column], words: Callable[[Decimal], str], *, smallest: Decimal) -> Plot:
    """Columns that go up from zero, and down for what went back; `words` says what a line stands for."""
    highest = max((column.up.amount for column in columns), default=Decimal(0))
    lowest = max((column.down.amount for column in columns if column.down), default=Decimal(0))
    step = max(_round_step((highest + lowest) / LINES), smallest)
    top, bottom = _up_to(highest, step) or step, _up_to(lowest, step)
    scale = Decimal(HEIGHT) / (top + bottom)

    def y(amount: Decimal) -> Decimal:
        return ABOVE + (top - amount) * scale

    share = Decimal(100) / max(len(columns), 1)
    bars = []
    for number, column in enumerate(columns):
        x = share * number + share * (100 - FILLED) / 200
        place = {"x": _percent(x), "width": _percent(share * FILLED / 100)}
        title = f"{column.label}: {column.up.words}"
        if column.up.amount > 0:
            bars.append(_bar("in", y(column.up.amount), y(Decimal(0)), title, column.up.url, place))
        if column.down is not None and column.down.amount > 0:
            title = f"{column.label}: {column.down.words}"
            bars.append(_bar("out", y(Decimal(0)), y(-column.down.amount), title, column.down.url, place))
    lines = [
        Mark("100%", _pixels(y(step * n)), words(abs(step * n)))
        for n in range(-int(bottom / step), int(top / step) + 1)
    ]
    every = -(-len(columns) // MOST_LABELS)
    return Plot(
        columns=columns,
        bars=bars,
        lines=lines,
        labels=[
            Mark(_percent(share * number + share / 2), str(ABOVE + HEIGHT + BELOW - 5), column.label)
            for number, column in enumerate(columns)
            if number % every == 0
        ],
        zero=_pixels(y(Decimal(0))),
        scale=max(len(line.words) for line in lines) * A_LETTER + 2 * A_LETTER,
    )


def lengths(amounts: Sequence[Decimal]) -> list[str]:
    """Of bars that lie side by side: the longest fills the width."""
    longest = max((*amounts, Decimal(0)))
    return [_percent(max(amount, Decimal(0)) * 100 / longest) if longest else "0%" for amount in amounts]


def _bar(kind: str, top: Decimal, foot: Decimal, title: str, url: str, place: dict[str, str]) -> Bar:
    """At least two pixels high: little money is money."""
    height = max(foot - top, Decimal(2))
    begin = foot - height if kind == "in" else top
    return Bar(kind=kind, y=_pixels(begin), height=_pixels(height), title=title, url=url, **place)


def _round_step(rough: Decimal) -> Decimal:
    """The next 1, 2 or 5 with noughts."""
    if rough <= 0:
        return Decimal(0)
    power = Decimal(10) ** rough.adjusted()
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


def _up_to(amount: Decimal, step: Decimal) -> Decimal:
    return (amount / step).to_integral_value(ROUND_CEILING) * step


def _percent(value: Decimal) -> str:
    return f"{value:.2f}%"


def _pixels(value: Decimal) -> str:
    return f"{value:.1f}"
