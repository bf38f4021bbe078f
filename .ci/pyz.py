"""Build the sandbox as one file that runs wherever there is a Python: `python pyz.py FILE`, run by tox.

The wheel is that of the environment (TOX_PACKAGE). The file unpacks itself into ~/.shiv (SHIV_ROOT says otherwise)
when it first runs: Django reads templates and translations from a folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

OLDEST_PYTHON = "3.10"
"""Of its packages the file holds what the oldest Python can run, and so every later one."""

LANGUAGES = ("en", "ko")


def build(wheel: str, file: Path) -> None:
    with TemporaryDirectory() as folder:
        site = Path(folder, "site")
        # Windows has no time zones of its own.
        into = ("--target", site, "--python-version", OLDEST_PYTHON)
        run("uv", "pip", "install", "--quiet", *into, wheel, "tzdata")
        leave_out_what_is_of_no_use(site)
        main = ("--entry-point", "django_iamport.sandbox.__main__:main")
        python = ("--python", "/usr/bin/env python3")
        file.parent.mkdir(parents=True, exist_ok=True)
        run("shiv", "--reproducible", "--site-packages", site, *main, *python, "--output-file", file)


def leave_out_what_is_of_no_use(site: Path) -> None:
    # Scripts name this machine's Python.
    shutil.rmtree(site / "bin", ignore_errors=True)
    # What is compiled is for one Python on one system, and stands there as Python, too.
    for compiled in [*site.rglob("*.so"), *site.rglob("*.pyd")]:
        compiled.unlink()
    # Half of all files are Django's texts in a hundred languages.
    for texts in site.rglob("locale/*/LC_MESSAGES"):
        if texts.parent.name not in LANGUAGES:
            shutil.rmtree(texts)


def run(module: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-m", module, *map(str, arguments)], check=True)


if __name__ == "__main__":
    build(os.environ["TOX_PACKAGE"], Path(sys.argv[1]))
