"""Build the release's two files and check them as the index does; fail where a second wheel differs in a byte.

    python dist.py

The files stay in dist/.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def build(folder: Path) -> list[Path]:
    """The source distribution, and the wheel that is made from it."""
    # The moment of the commit stands in the archives in place of that of the build.
    moment = subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True).strip()
    command = [sys.executable, "-m", "build", "--installer", "uv", "--outdir", str(folder)]
    subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "SOURCE_DATE_EPOCH": moment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return [*folder.glob("*.whl"), *folder.glob("*.tar.gz")]


def wheel_of(files: list[Path]) -> Path:
    (wheel,) = (file for file in files if file.suffix == ".whl")
    return wheel


def main() -> int:
    dist = ROOT / "dist"
    dist.mkdir(exist_ok=True)
    for pattern in ("*.whl", "*.tar.gz"):
        for old in dist.glob(pattern):
            old.unlink()
    files = build(dist)
    with tempfile.TemporaryDirectory() as folder:
        again = wheel_of(build(Path(folder)))
        if again.read_bytes() != wheel_of(files).read_bytes():
            print(f"{again.name}: two builds of one commit differ")
            return 1
    subprocess.run(["twine", "check", "--strict", *files], check=True)
    return subprocess.run(["check-manifest"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
