"""What errors carry along besides their texts: the local variables of the calls that they came through.

Error pages, error mails and error trackers show them, and they hold cards, accounts and tokens.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def leaving_no_values(call: Callable[P, R]) -> Callable[P, R]:
    """The call, whose errors name files and lines as ever, and hold nobody's values."""

    @wraps(call)
    def emptied(*args: P.args, **kwargs: P.kwargs) -> R:
        handled = sys.exc_info()[1]
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            _empty(error, handled)
            del args, kwargs
            raise

    return emptied


def _empty(error: BaseException, handled: BaseException | None) -> None:
    """What the caller was handling when he called stays as it is."""
    reached: BaseException | None = error
    while reached is not None and reached is not handled:
        traceback.clear_frames(reached.__traceback__)
        reached = reached.__cause__ or reached.__context__
