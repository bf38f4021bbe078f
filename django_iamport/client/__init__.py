"""The gateway's REST API in Python: typed results, typed errors, nothing of Django.

from django_iamport.client import Client

client = Client(key, secret)
payment = client.payments.find("imp_123456789012")
"""

from django_iamport.client.client import Client
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
from django_iamport.client.http.connections import new_session
from django_iamport.client.http.deadline import time_limit
from django_iamport.client.http.wire import Amount, Malformed, read_amount, wire_amount
from django_iamport.client.results import Balance, Cancellation, Found, Page, Payment, Prepared, Promotion

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
    "new_session",
    "read_amount",
    "time_limit",
    "wire_amount",
]
