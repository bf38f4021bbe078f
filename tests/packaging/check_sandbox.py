"""The sandbox outside any project, in every way that is told: as a module, as a command, as a single file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from pairs import find

BUILD = Path(__file__).resolve().parents[2] / ".ci/pyz.py"

END = "Ctrl-C stops it.\n"
"""The line with which the sandbox says that it is ready."""


@pytest.fixture(scope="module")
def single_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `tox run -e pyz` builds."""
    file = tmp_path_factory.mktemp("dist") / "iamport-sandbox.pyz"
    subprocess.run([sys.executable, BUILD, file], check=True)
    return file


@pytest.fixture(scope="module")
def empty_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python, the oldest that is promised where it is here, with nothing but its own library."""
    oldest = find("python3.10", os.get_exec_path()) or sys.executable
    folder = tmp_path_factory.mktemp("empty")
    subprocess.run([oldest, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin/python"


@pytest.mark.parametrize("way", ["module", "command", "file"])
def test_console_sdk_and_api_answer_outside_any_project(
    tmp_path: Path, request: pytest.FixtureRequest, way: str
) -> None:
    commands = {
        "module": lambda: [sys.executable, "-m", "django_iamport.sandbox"],
        "command": lambda: [str(Path(sys.executable).with_name("iamport-sandbox"))],
        "file": lambda: [*map(request.getfixturevalue, ("empty_python", "single_file"))],
    }
    working, unpacked = tmp_path / "working", tmp_path / "unpacked"
    working.mkdir()
    command = [*commands[way](), "--port", "0", "--key", "k", "--secret", "s"]
    environment = {**os.environ, "SHIV_ROOT": str(unpacked)}
    with subprocess.Popen(
        command, cwd=working, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            addresses = dict(re.findall(r"(\S+) +(http://\S+)", "".join(iter(process.stdout.readline, END))))
            assert "Iamport" in requests.get(addresses["console"], timeout=60).text
            korean = requests.get(addresses["console"], {"language": "ko"}, timeout=60)
            assert "아임포트" in korean.text
            assert "request_pay" in requests.get(addresses["SDK"], timeout=60).text
            account = {"imp_key": "k", "imp_secret": "s"}
            token = requests.post(f"{addresses['API']}/users/getToken", json=account, timeout=60)
            assert token.status_code == 200
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    assert list(working.iterdir()) == []


def test_the_single_file_can_be_started_by_its_name(single_file: Path) -> None:
    assert single_file.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert os.access(single_file, os.X_OK)
