"""Programs of other languages, which a machine may lack."""

import shutil

import pytest


def require(*names: str) -> None:
    """Skip where one of them is missing; `.ci/skipped.py` reads which."""
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"not installed: {name}")
