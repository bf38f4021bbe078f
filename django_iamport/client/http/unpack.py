"""`Unpack` at run time, so that the signatures with `**options: Unpack[Options]` can be introspected.

Python's `typing` has it from 3.11 on; before that a stand-in answers `get_origin` and `get_args` alike, and no
further package is needed. Type checkers know `typing_extensions` whether it is installed or not.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack
else:
    T = TypeVar("T")

    class Unpack(Generic[T]):
        """The keywords of a TypedDict."""


__all__ = ["Unpack"]
