"""What optional apps have a run do: each names its part as it gets ready."""

from __future__ import annotations

from collections.abc import Callable

from .context import Run

# By name; run in this order, after the parts of the core and before what waits for a human is listed.
PARTS: dict[str, Callable[[Run], None]] = {}
