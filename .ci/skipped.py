"""Print what each environment of tox ran, and fail when they left out what this machine could have run.

    python skipped.py LOG JUNIT_DIRECTORY [ENVIRONMENT ...]

LOG is what `tox run` printed, JUNIT_DIRECTORY holds the reports of its environments; the environments named
must be among them. A green run may silently have left out an environment whose interpreter tox did not find,
the browser tests, those of the official clients, the contract tests, which need the gateway's description that
IAMPORT_OPENAPI names, and on the newest pair of Python and Django the tests that other pairs need not run.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pairs import find, newest_here, python_of

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
NOT_INSTALLED = re.compile(r"not installed: (\S+)$")
RESULT = re.compile(r"^  ([\w.-]+): (OK|SKIP|FAIL)[^(\n]*\(([\d.]+)", re.MULTILINE)


@dataclass
class Report:
    """One environment's tests, as its JUnit file tells them."""

    suite: str
    ran: int
    skipped: list[tuple[str, str]]

    @classmethod
    def read(cls, path: Path) -> Report:
        tree = ElementTree.parse(path)
        cases = list(tree.iter("testcase"))
        skipped = [
            (case.get("name", ""), skip.get("message", "")) for case in cases for skip in case.iter("skipped")
        ]
        suites = [suite.get("name", "") for suite in tree.iter("testsuite")]
        return cls(suites[0], len(cases) - len(skipped), skipped)


@dataclass
class Result:
    """What tox said of an environment in the summary that ends its log."""

    outcome: str
    seconds: float


def results_of(log: str) -> dict[str, Result]:
    found = RESULT.findall(COLOUR.sub("", log))
    return {name: Result(outcome, float(seconds)) for name, outcome, seconds in found}


def table(results: dict[str, Result], reports: dict[str, Report]) -> Iterator[str]:
    yield f"{'environment':<18}{'tests':>7}{'seconds':>9}"
    for name, result in results.items():
        tests = f"{reports[name].ran:,}" if name in reports else ""
        if result.outcome == "SKIP":
            yield f"{name:<18}{'':>7}{'skipped':>9}"
        else:
            yield f"{name:<18}{tests:>7}{result.seconds:>9.0f}"
    tests = sum(report.ran for report in reports.values())
    yield f"{'together':<18}{tests:>7,}{sum(result.seconds for result in results.values()):>9.0f}"


def runs_here(python: str) -> bool:
    """PATH alone doesn't tell: pyenv keeps interpreters elsewhere."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return find(python, [*os.get_exec_path(), *map(str, pyenv.glob("versions/*/bin"))]) is not None


def environments_skipped(results: dict[str, Result]) -> Iterator[str]:
    for name, result in results.items():
        python = python_of(name)
        if result.outcome == "SKIP" and python is None:
            yield f"{name} was skipped"
        elif result.outcome == "SKIP" and python is not None and runs_here(python):
            yield f"{name} was skipped, though {python} runs here"


def environments_without_tests(reports: dict[str, Report], expected: list[str]) -> Iterator[str]:
    for name in expected:
        if name not in reports or not reports[name].ran:
            yield f"{name} ran no test"


def newest_without_all(reports: dict[str, Report], newest: str) -> Iterator[str]:
    if newest in reports and reports[newest].suite != "all":
        yield f"{newest} is the newest pair here, and ran selected tests only"


def tests_skipped(reports: dict[str, Report]) -> Iterator[str]:
    for environment, report in reports.items():
        for test, reason in report.skipped:
            if is_possible_here(environment, reason):
                yield f"{environment}: {test} was skipped: {reason}"


def is_possible_here(environment: str, reason: str) -> bool:
    """Whether a test was skipped that this machine could have run."""
    if environment == "clients" and (missing := NOT_INSTALLED.match(reason)):
        return shutil.which(missing[1]) is not None
    if environment in ("browser", "clients"):
        return True
    return "IAMPORT_OPENAPI" in os.environ and "IAMPORT_OPENAPI" in reason


def main(log: Path, junit: Path, *expected: str) -> int:
    results = results_of(log.read_text(encoding="utf-8"))
    reports = {path.stem: Report.read(path) for path in sorted(junit.glob("*.xml"))}
    pairs = [name for name, result in results.items() if python_of(name) and result.outcome != "SKIP"]
    print("\n".join(table(results, reports)))
    complaints = [
        *environments_skipped(results),
        *environments_without_tests(reports, [*pairs, "contract", "browser", "clients", "wheel", *expected]),
        *newest_without_all(reports, newest_here()),
        *tests_skipped(reports),
    ]
    if not pairs:
        complaints.append("no pair of Python and Django ran")
    for complaint in complaints:
        print(f"NOT RUN: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
