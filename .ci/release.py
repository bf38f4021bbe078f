"""What has to be true before a release, one line each; nothing is uploaded and nothing is changed.

    python .ci/release.py

Ends with 1 where something is missing, and with the two commands that are left where nothing is.
"""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def git(*arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=ROOT, text=True).strip()


def metadata() -> configparser.SectionProxy:
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return config["metadata"]


def missing(version: str) -> Iterator[str]:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    if not re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no dated section for {version}"
    if "Source = " not in metadata().get("project_urls", ""):
        yield "setup.cfg has no project_urls with a Source: on the index, README would have no links into it"
    if not (ROOT / "tests/project/released" / version).is_dir():
        yield f"tests/project/released has no shop of {version}: run tests/project/released/freeze.py"
    if git("status", "--porcelain"):
        yield "the tree holds what is not committed"
    if git("rev-parse", "--abbrev-ref", "HEAD") != "main":
        yield "a release is made from main"
    if git("tag", "--list", f"v{version}"):
        yield f"v{version} is tagged already: set the next version in setup.cfg"


def main() -> int:
    release = metadata()["version"]
    found = [*missing(release)]
    for line in found:
        print(f"missing: {line}")
    if found:
        return 1
    for run in (["run", "-m", "full"], ["run", "-e", "dist,pyz"]):
        subprocess.run([sys.executable, "-m", "tox", *run], cwd=ROOT, check=True)
    print(f"git tag v{release} && git push origin main v{release}")
    print("twine upload dist/*.whl dist/*.tar.gz")
    return 0


if __name__ == "__main__":
    sys.exit(main())
