"""What an operator does about transactions, and the pages of it."""

from __future__ import annotations

from collections.abc import Sequence

from .accounts import AccountButtons
from .payment import PaymentButtons
from .several import SeveralButtons
from .waiting import WaitingRefundButtons

__all__ = ["ButtonsMixin"]


class ButtonsMixin(PaymentButtons, AccountButtons, WaitingRefundButtons, SeveralButtons):
    """Views of their own, outside of any database transaction; each POST asks the gateway first."""

    row_pages: Sequence[str] = (
        "sync",
        "refund",
        "accept",
        "answer",
        "void",
        "account",
        "transferred",
        "ask_account",
    )
    list_pages: Sequence[str] = ("refund_several",)
