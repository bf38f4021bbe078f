"""The gateway as this shop reaches it: settings and cache around the client."""

from .connection import client

__all__ = ["client"]
