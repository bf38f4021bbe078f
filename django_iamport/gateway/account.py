"""The shop's account at the gateway: its channels, and the gateway's clock."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from django_iamport.client.results import Channel

from .connection import client

__all__ = ["Channel", "channels", "clock_ahead", "now"]


def clock_ahead() -> float:
    """Seconds by which the gateway's clock is ahead of ours; asks for a token anew, and so proves key and secret.

    Raises `AuthenticationFailed`, another `GatewayError`.
    """
    return client().clock_ahead()


def channels() -> tuple[Channel, ...]:
    """The payment companies that this account has contracts with. Raises `GatewayError`."""
    return client().users.channels()


def now() -> datetime:
    """The moment by the gateway's clock; asks as `clock_ahead` does, and raises as it does."""
    return datetime.fromtimestamp(time.time() + clock_ahead(), timezone.utc)
