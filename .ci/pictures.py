"""Draw every picture that the pages show, from the running example: `tox run -e pictures`.

A picture `docs/images/NAME.png` is what a browser test sees where it says `picture("NAME")`; the tests that draw
one are run, and what they saw takes the place of what was there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SHOWN = re.compile(r"!\[[^\]]+\]\((?:docs/)?images/([\w-]+)\.png\)")
TEST = re.compile(r"^def (test_\w+)\(.*?(?=^\S*def |\Z)", re.MULTILINE | re.DOTALL)


def shown() -> set[str]:
    """The names of the pictures in all pages."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return {name for page in pages for name in SHOWN.findall(page.read_text(encoding="utf-8"))}


def drawn_by() -> dict[str, str]:
    """Each picture with the test that draws it."""
    return {
        name: f"{module.relative_to(ROOT).as_posix()}::{test[1]}"
        for module in sorted(ROOT.glob("tests/browser/**/test_*.py"))
        for test in TEST.finditer(module.read_text(encoding="utf-8"))
        for name in re.findall(r'\.picture\("([\w-]+)"\)', test[0])
    }


def main() -> int:
    names, tests = sorted(shown()), drawn_by()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "browser",
            "-rs",
            *sorted({tests[name] for name in names}),
        ]
        drawing = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "IAMPORT_SCREENSHOTS": folder}, check=False
        )
        if drawing.returncode:
            return drawing.returncode
        for name in names:
            shutil.copyfile(Path(folder, f"{name}.png"), IMAGES / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
