"""Several attempts to pay one order."""

from __future__ import annotations

import secrets
from typing import Any


def in_another_tab(order: Any) -> Any:
    """An attempt beside the earlier ones: its window opens with other values, so none of them is used again."""
    return order.transactions.create_new(order, request_pay=lambda attempt: {"tab": secrets.token_hex(8)})
