"""What the default line of tox runs: every test somewhere, and all of them on the oldest and the newest pair."""

import configparser
import json
import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = ROOT / "tests/clients"

# In a process of its own: how this run was started says nothing.
COLLECT = """
import json, sys, pytest

class Marks:
    def pytest_collection_finish(self, session):
        found = {}
        for item in session.items:
            marks = sorted({mark.name for mark in item.iter_markers()})
            found.setdefault(str(item.path), {})[item.nodeid] = marks
        with open(sys.argv[1], "w") as file:
            json.dump(found, file)

sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:xdist", "tests"], plugins=[Marks()]))
"""


@pytest.fixture(scope="module")
def tox():
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "tox.ini", encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Module -> test -> its marks, as pytest finds them here."""
    file = tmp_path_factory.mktemp("collected") / "marks.json"
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    command = [sys.executable, "-c", COLLECT, str(file)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return {Path(module): tests for module, tests in json.loads(file.read_text()).items()}


def pairs(tox):
    """Those of the default line, oldest first."""
    found = []
    for line in tox["tox"]["env_list"].split():
        if pair := re.fullmatch(r"py\{?([\d,]+)\}?-django\{?([\d,]+)\}?", line):
            found += product(pair[1].split(","), pair[2].split(","))
    return [f"py{python}-django{django}" for python, django in sorted(found)]


class Marks(dict):
    def __missing__(self, name):
        return False


def selects(expression, marks):
    return eval(expression, {}, Marks.fromkeys(marks, True))


@pytest.mark.once
def test_every_test_runs_in_an_environment_of_the_default_line(tox, collected):
    default = tox["tox"]["env_list"].split()
    expressions = [tox["selection"]["all"]]
    for name in ("contract", "browser"):
        assert name in default
        assert f"-m {name}" in tox[f"testenv:{name}"]["commands"]
        expressions.append(name)
    assert "clients" in default
    assert tox["testenv:clients"]["commands"].endswith("tests/clients")

    # Collected only where their packages, or the gateway's description, are.
    missing = set((ROOT / "tests").rglob("test_*.py")) - set(collected)
    by_mark = re.compile(r"^pytestmark = \[?pytest\.mark\.(browser|contract)\b", re.MULTILINE)
    unmarked = [module for module in missing if not by_mark.search(module.read_text(encoding="utf-8"))]
    assert {module.parent for module in unmarked} <= {CLIENTS}
    run_nowhere = [
        test
        for module, tests in collected.items()
        for test, marks in tests.items()
        if module.parent != CLIENTS and not any(selects(expression, marks) for expression in expressions)
    ]
    assert run_nowhere == []


@pytest.mark.once
def test_marks_choose_tests_for_each_pair_and_for_databases(collected):
    chosen = {
        name: {
            module.relative_to(ROOT / "tests").parts[0]
            for module, tests in collected.items()
            if any(name in marks for marks in tests.values())
        }
        for name in ("on_each_pair", "database")
    }
    each_pair = {"admin", "checks", "models", "payments", "records", "templatetags", "views"}
    assert each_pair <= chosen["on_each_pair"]
    assert {"ledger", "models", "payments", "records", "reconciliation", "refunds"} <= chosen["database"]


def test_the_oldest_and_the_newest_pair_run_all(tox):
    oldest, *_, newest = pairs(tox)
    settings = [line.strip() for line in tox["testenv"]["set_env"].splitlines()]
    assert f"{oldest}: SELECTED = {{[selection]all_but_slow}}" in settings
    assert f"{newest}: SELECTED = {{[selection]all}}" in settings
