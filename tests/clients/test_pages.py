"""The code of the pages for each language, run where its runtime is here: as a reader would put it into files."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.packaging.readme_code import code_blocks, put_into
from tests.standalone import Standalone, standalone

PAGES = Path(__file__).resolve().parents[2] / "docs/languages"
ADDRESS = "http://127.0.0.1:9090"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Standalone]:
    """Started as the pages say, at a free port."""
    account = ("--key", "sandbox-key", "--secret", "sandbox-secret")
    with standalone(*account, "--webhook", "http://127.0.0.1:9/webhook") as running:
        yield running


@pytest.fixture
def written(sandbox: Standalone, tmp_path: Path) -> Callable[[str], Path]:
    """Write the code of a page into files; answers their folder."""

    def write(page: str) -> Path:
        text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
        assert ADDRESS in text
        put_into(tmp_path, code_blocks(text.replace(ADDRESS, sandbox.url)))
        return tmp_path

    return write


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_page_for_python(written: Callable[[str], Path]) -> None:
    said = run(written("python"), sys.executable, "-m", "pytest", "-q", "-p", "no:django", "test_shop.py")
    assert "1 passed" in said, said


def test_the_page_for_node(written: Callable[[str], Path], node_modules: Path) -> None:
    folder = written("node")
    (folder / "node_modules").symlink_to(node_modules)
    said = run(folder, "node", "--test", "--test-reporter=tap")
    assert "# pass 1\n" in said, said
