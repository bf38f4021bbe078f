"""Fail when a run of tox left out what this machine could have run.

    python skipped.py LOG JUNIT_DIRECTORY [ENVIRONMENT ...]

LOG is what `tox run` printed, JUNIT_DIRECTORY holds the reports of its environments; the environments named
must be among them. A green run may silently have left out an environment whose interpreter tox did not find,
the browser tests, those of the official clients, and the contract tests, which need the gateway's description that
IAMPORT_OPENAPI names.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
RESULT = re.compile(r"^  ([\w.-]+): (OK|SKIP|FAIL)\b", re.MULTILINE)
PAIR = re.compile(r"^py3(\d+)-django\d+$")


@dataclass
class Report:
    """One environment's tests, as its JUnit file tells them."""

    ran: int
    skipped: list[tuple[str, str]]

    @classmethod
    def read(cls, path: Path) -> Report:
        cases = list(ElementTree.parse(path).iter("testcase"))
        skipped = [
            (case.get("name", ""), skip.get("message", "")) for case in cases for skip in case.iter("skipped")
        ]
        return cls(len(cases) - len(skipped), skipped)


def results_of(log: str) -> dict[str, str]:
    """Environment -> OK, SKIP or FAIL, from the summary that ends the log."""
    return dict(RESULT.findall(COLOUR.sub("", log)))


def runs_here(python: str) -> bool:
    """PATH alone doesn't tell: pyenv keeps names there that it will not start, and interpreters elsewhere."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders = [*os.get_exec_path(), *map(str, pyenv.glob("versions/*/bin"))]
    found = [path for folder in folders if (path := shutil.which(python, path=folder))]
    return any(
        subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0 for path in found
    )


def environments_skipped(results: dict[str, str]) -> Iterator[str]:
    for name, result in results.items():
        pair = PAIR.match(name)
        if result == "SKIP" and pair is None:
            yield f"{name} was skipped"
        elif result == "SKIP" and pair is not None and runs_here(f"python3.{pair[1]}"):
            yield f"{name} was skipped, though python3.{pair[1]} runs here"


def environments_without_tests(reports: dict[str, Report], expected: list[str]) -> Iterator[str]:
    for name in expected:
        if name not in reports or not reports[name].ran:
            yield f"{name} ran no test"


def tests_skipped(reports: dict[str, Report]) -> Iterator[str]:
    for environment, report in reports.items():
        for test, reason in report.skipped:
            if is_possible_here(environment, reason):
                yield f"{environment}: {test} was skipped: {reason}"


def is_possible_here(environment: str, reason: str) -> bool:
    """Whether a test was skipped that this machine could have run."""
    if environment == "clients" and "Node is not installed" in reason:
        return shutil.which("node") is not None and shutil.which("npm") is not None
    if environment in ("browser", "clients"):
        return True
    return "IAMPORT_OPENAPI" in os.environ and "IAMPORT_OPENAPI" in reason


def main(log: Path, junit: Path, *expected: str) -> int:
    results = results_of(log.read_text(encoding="utf-8"))
    reports = {path.stem: Report.read(path) for path in sorted(junit.glob("*.xml"))}
    pairs = [name for name, result in results.items() if PAIR.match(name) and result != "SKIP"]
    for name, report in reports.items():
        print(f"{name}: {report.ran} passed, {len(report.skipped)} skipped")
    print(f"{sum(report.ran for report in reports.values())} passed in {len(reports)} environments")
    complaints = [
        *environments_skipped(results),
        *environments_without_tests(reports, [*pairs, "contract", "browser", "clients", "wheel", *expected]),
        *tests_skipped(reports),
    ]
    if not pairs:
        complaints.append("no pair of Python and Django ran")
    for complaint in complaints:
        print(f"NOT RUN: {complaint}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
