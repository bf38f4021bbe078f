"""The examples of docs/testing.md, run in a project that has this shop."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]


def test_the_examples_pass(tmp_path: Path) -> None:
    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    in_process = page.partition("## In a real browser")[0]
    examples = re.findall(r"^```python\n(.*?)^```$", in_process, re.MULTILINE | re.DOTALL)
    imports = "from tests.shop.models import Order, OrderTransaction\n"
    (tmp_path / "test_examples.py").write_text("\n".join([imports, *examples]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    count = sum(example.count("def test_") for example in examples)
    assert f"{count} passed" in done.stdout, done.stdout + done.stderr
