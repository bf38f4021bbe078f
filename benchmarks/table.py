"""What every benchmark prints: ratios, each taken within a round, so that both sides meet the same machine."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

HEAD = f"{'measured':44} {'beside':38} {'median':>7} {'min':>7} {'max':>7}  {'target':8} counts"


@dataclass(frozen=True)
class Row:
    """How many times as much the second took as the first, by round; `counts` are of both, in that order."""

    measured: str
    beside: str
    ratios: Sequence[float]
    target: str = ""
    counts: str = ""

    def __str__(self) -> str:
        middle, least, most = statistics.median(self.ratios), min(self.ratios), max(self.ratios)
        return (
            f"{self.measured:44} {self.beside:38} {middle:>7.2f} {least:>7.2f} {most:>7.2f}  "
            f"{self.target:8} {self.counts}"
        ).rstrip()


Measure = Callable[[argparse.Namespace], Iterator[Row]]


def main(measure: Measure, parser: argparse.ArgumentParser) -> None:
    """Print the rows as they are found, or (`--json`) a line for each, for the one command."""
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    rows = measure(arguments)
    if arguments.json:
        for row in rows:
            sys.stdout.write(json.dumps(asdict(row)) + "\n")
            sys.stdout.flush()
    else:
        show(rows)


def show(rows: Iterable[Row]) -> None:
    print(HEAD)
    for row in rows:
        print(row, flush=True)
