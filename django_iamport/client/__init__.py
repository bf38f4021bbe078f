"""The gateway's REST API in Python: typed results, typed errors, nothing of Django.

from django_iamport.client import Client

client = Client(key, secret)
payment = client.payments.find("imp_123456789012")
"""

from importlib import import_module
from typing import TYPE_CHECKING

from django_iamport.client.errors import (
    AuthenticationFailed,
    Conflict,
    ConnectionFailed,
    Declined,
    GatewayError,
    GatewayTimeout,
    IamportError,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Refused,
    UnexpectedAnswer,
)
from django_iamport.client.http.answer import Found, Page, Unreadable
from django_iamport.client.http.deadline import time_limit
from django_iamport.client.http.wire import Amount, Malformed, read_amount, wire_amount

if TYPE_CHECKING:
    from django_iamport.client.client import Client
    from django_iamport.client.http.connections import new_session
    from django_iamport.client.results import Balance, Cancellation, Payment, Prepared, Promotion
else:

    def __getattr__(name: str) -> object:
        """What brings `requests` and the operations, once it is used: many processes never call the gateway."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = {"Client": "client", "new_session": "http.connections"}.get(name, "results")
        return getattr(import_module(f"{__name__}.{home}"), name)


__all__ = [
    "Amount",
    "AuthenticationFailed",
    "Balance",
    "Cancellation",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Declined",
    "Found",
    "GatewayError",
    "GatewayTimeout",
    "IamportError",
    "Malformed",
    "NotFound",
    "OutcomeUnknown",
    "Page",
    "Payment",
    "PermissionDenied",
    "Prepared",
    "Promotion",
    "RateLimited",
    "Refused",
    "UnexpectedAnswer",
    "Unreadable",
    "new_session",
    "read_amount",
    "time_limit",
    "wire_amount",
]
