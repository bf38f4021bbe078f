"""What docs/architecture.md says is so: its drawing, its layers, its places, and the way of a claim."""

import ast
import os
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from graphlib import CycleError
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from django_iamport.rules.standing import Standing
from django_iamport.rules.transitions import MOVES
from tests.project.pages.scripts import load
from tests.project.test_docs import tables
from tests.shopper import Shopper

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "django_iamport"
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

PATH = re.compile(r"`([\w./-]+(?:/|\.(?:py|js|md|po)))`")
# `ledger/posting.py`: `post_answer`, `post`
PLACE = re.compile(r"`([\w/]+\.py)`: (`[\w.]+`(?:, `[\w.]+`)*)")


def section(heading: str) -> str:
    """What stands under a heading, up to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {heading}\n")[1], flags=re.MULTILINE)[0]


def places(text: str) -> list[tuple[str, str]]:
    return [(path, name) for path, names in PLACE.findall(text) for name in re.findall(r"[\w.]+", names)]


def names_in(path: Path) -> set[str]:
    """What a module defines at its top, and the methods of its classes as `Class.method`."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def test_every_file_that_the_page_names_exists():
    named = set(PATH.findall(PAGE))
    assert len(named) > 40
    assert {path for path in named if not (PACKAGE / path).exists() and not (ROOT / path).exists()} == set()


def test_every_function_that_the_page_names_stands_in_its_file():
    named = places(PAGE)
    assert len(named) > 40
    assert [place for place in named if place[1] not in names_in(PACKAGE / place[0])] == []


def test_the_layers_of_the_page_are_those_of_the_linter():
    linter = ConfigParser()
    linter.read(ROOT / ".importlinter", encoding="utf-8")
    layers = linter["importlinter:contract:layers"]["layers"].strip().splitlines()
    shown = re.findall(r"^\| (`.+?`) \|", section("Layers"), re.MULTILINE)
    assert [set(re.findall(r"\w+", row)) for row in shown] == [set(re.findall(r"\w+", row)) for row in layers]


# The way of one claim.


def test_the_states_of_the_page_are_those_of_the_rules():
    seen = [standing for standing in Standing if standing is not Standing.UNCLEAR]
    rows = [[cell.strip("` ") for cell in row.split("|")[1:-1]] for row in tables(section("The states"))[0]]
    head, _, *told = rows
    assert head[1:] == [standing.value for standing in seen]
    assert told == [
        [status.value, *(moves[standing].value if standing in moves else "" for standing in seen)]
        for status, moves in MOVES.items()
    ]


@contextmanager
def entered_functions(folder: Path = PACKAGE) -> Iterator[list[tuple[str, str]]]:
    """File and name of each function below the folder that is entered meanwhile."""
    entered, before, below = [], sys.getprofile(), f"{folder}{os.sep}"

    # Told of every call there is, of Django too: a Path for each would cost seconds.
    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(below):
            file = frame.f_code.co_filename.removeprefix(below)
            entered.append((file.replace(os.sep, "/"), frame.f_code.co_name))

    sys.setprofile(note)
    try:
        yield entered
    finally:
        sys.setprofile(before)


def test_a_claim_passes_the_stations_of_the_page_in_their_order(db, iamport_sandbox):
    text = section("One `merchant_uid`, from the view to the database")
    stations = [
        (path, name.split(".")[-1]) for path, name in places(text) if f". `{path}`: `{name}` " in text
    ]
    shopper = Shopper()
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    with entered_functions() as entered:
        answer = shopper.claim(attempt, imp_uid)
    assert answer.json()["status"] == "paid"
    assert [function for function in dict.fromkeys(entered) if function in stations] == stations
    assert 1 < len(stations) == len(re.findall(r"^\d+\. ", text, re.MULTILINE)) <= 10


# The drawing.


@pytest.fixture(scope="module")
def graph() -> ModuleType:
    pytest.importorskip(
        "grimp", reason="needs grimp, of the extra lint; tox run -e lint compares the drawing"
    )
    return load(ROOT / "docs/graph.py")


def test_the_drawing_of_the_page_is_that_of_the_imports(graph):
    drawn = graph.drawing(graph.imports_between_parts())
    assert drawn in PAGE, "run python docs/graph.py"


def test_an_arrow_that_a_way_over_others_shows_is_left_out(graph):
    arrows = {"top": {"middle", "bottom"}, "middle": {"low"}, "low": {"bottom"}, "bottom": set()}
    shown = {"top": {"middle"}, "middle": {"low"}, "low": {"bottom"}, "bottom": set()}
    assert graph.without_detours(arrows) == shown


def test_a_circle_is_not_drawn(graph):
    with pytest.raises(CycleError):
        graph.drawing({"one": {"other"}, "other": {"one"}})


def test_a_page_that_lost_its_marks_is_not_written(graph):
    with pytest.raises(ValueError, match="marks"):
        graph.with_drawing("# Architecture\n", "drawing")
