"""The pytest fixture `iamport_sandbox`, there wherever the package is installed.

pytest loads this module in every project, also in those that use no Django: it imports nothing of it until a test
asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .testing import Sandbox

__all__ = ["iamport_sandbox"]


@pytest.fixture
def iamport_sandbox() -> Iterator[Sandbox]:
    """An empty gateway in process, which answers the shop's client for the length of the test."""
    from .testing import sandbox

    with sandbox() as opened:
        yield opened
