"""What a forked child must not share with its parent: connections, and locks that nobody there will release."""

from __future__ import annotations

import os
from collections.abc import Callable


class ForkGuard:
    """Has things made anew in a forked child, before anything of the child uses them."""

    def __init__(self, make_anew: Callable[[], None]) -> None:
        self._make_anew = make_anew
        self._pid = os.getpid()

    def check(self) -> None:
        """To be called before each use. Of several threads each may make them anew, which harms nobody."""
        if self._pid != os.getpid():
            self._make_anew()
            # Only now: another thread that sees this number uses what was made.
            self._pid = os.getpid()
