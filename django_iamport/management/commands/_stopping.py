"""Ending a long run cleanly, and what is drawn while it goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import BaseCommand


class StoppingCommand(BaseCommand):
    stopped_by_signal = False
    _is_drawn = False

    @contextmanager
    def ending_cleanly(self) -> Iterator[None]:
        """On SIGTERM the row in hand is finished. Elsewhere than in the main thread nobody can listen."""

        def stop(number: int, frame: FrameType | None) -> None:
            self.stopped_by_signal = True

        try:
            before = signal.signal(signal.SIGTERM, stop)
        except ValueError:
            yield
            return
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    def line(self, text: str) -> None:
        self.clear_line()
        self.stdout.write(text)

    def draw(self, text: str) -> None:
        """In the place of what was drawn before."""
        self.stdout.write("\r" + text, ending="")
        self.stdout.flush()
        self._is_drawn = True

    def clear_line(self) -> None:
        if self._is_drawn:
            self.stdout.write("\r\033[K", ending="")
            self._is_drawn = False
