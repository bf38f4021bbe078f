"""Numbers become lengths: nothing is drawn beside the plot, and nothing that is there is invisible."""

from decimal import Decimal

import pytest

from django_iamport.admin.overview.plots import ABOVE, HEIGHT, Column, Value, lengths, plot


def drawn(*sums, smallest=1):
    columns = [
        Column(str(n), Value(Decimal(up), "up"), Value(Decimal(down), "down"))
        for n, (up, down) in enumerate(sums)
    ]
    return plot(columns, lambda amount: f"{amount:.0f}", smallest=Decimal(smallest))


@pytest.mark.parametrize(
    ("sums", "lines"),
    [
        ([(0, 0)], ["0", "1"]),
        ([(7, 0)], ["0", "2", "4", "6", "8"]),
        ([(90, 30)], ["50", "0", "50", "100"]),
        ([(0, 3)], ["3", "2", "1", "0"]),
        ([(10**11, 1)], ["50000000000", "0", "50000000000", "100000000000"]),
    ],
)
def test_lines_stand_at_round_sums(sums, lines):
    assert [line.words for line in drawn(*sums).lines][: len(lines)] == lines


@pytest.mark.parametrize("sums", [[(1, 0), (10**9, 1)], [(0, 5), (5, 0)], [(1, 10**9)] * 400])
def test_bars_stand_within_the_plot_and_can_be_seen(sums):
    made = drawn(*sums)
    for bar in made.bars:
        assert float(bar.height) >= 2
        assert float(bar.y) >= ABOVE - 2
        assert float(bar.y) + float(bar.height) <= ABOVE + HEIGHT + 2
        assert float(bar.x.rstrip("%")) + float(bar.width.rstrip("%")) <= 100
    assert len(made.bars) == sum(1 for pair in sums for amount in pair if amount)
    assert 1 <= len(made.labels) <= 6


def test_the_longest_of_some_bars_fills_the_width():
    assert lengths([Decimal(50), Decimal(100), Decimal(-1)]) == ["50.00%", "100.00%", "0.00%"]
    assert lengths([Decimal(0)]) == ["0%"]
    assert lengths([]) == []
