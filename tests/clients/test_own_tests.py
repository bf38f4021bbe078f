"""The tests that `iamport-rest-client2` brings along, as their authors wrote them.

It is a fork of the official Python client, under the same name, and the only package of an index that has its
tests inside: it is installed beside, and its tests run in a process of their own. Only where their client asks is
changed (own_tests_plugin.py).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.standalone import Standalone

PACKAGE = "iamport-rest-client2==0.0.2"
PASSING = 17
FAILING = {"test_pay_schedule"}
"""Wants the text of an older gateway; the official client's tests want today's `등록된 고객정보가 없습니다.`"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where it is installed: IAMPORT_PYTHON_DIR keeps it from run to run."""
    kept = os.environ.get("IAMPORT_PYTHON_DIR")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("python")
    if not (folder / "tests").exists():
        install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), PACKAGE]
        done = subprocess.run(install, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            pytest.skip(f"{PACKAGE} could not be installed: {done.stderr}")
    return folder


def test_they_pass_but_for_what_an_older_gateway_said(running: Standalone, folder: Path) -> None:
    running.pay("qwer1234", 500)
    environment = {
        **os.environ,
        "IAMPORT_KEY": running.told["key"],
        "IAMPORT_SECRET": running.told["secret"],
        "IAMPORT_URL": f"{running.api}/",
        "PYTHONPATH": os.pathsep.join((str(folder), str(Path(__file__).parent))),
    }
    options = ["-q", "-rA", "--noconftest", "-p", "own_tests_plugin", "-p", "no:django", "-c", os.devnull]
    command = [sys.executable, "-m", "pytest", *options, "--rootdir", str(folder), str(folder / "tests")]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    outcomes = re.findall(r"^(PASSED|FAILED) \S+::(\w+)", done.stdout, re.MULTILINE)
    failed = {name for outcome, name in outcomes if outcome == "FAILED"}
    passed = [name for outcome, name in outcomes if outcome == "PASSED"]
    assert (failed, len(passed)) == (FAILING, PASSING), f"{done.stdout}\n{done.stderr}"
