"""Every error of this package, with the text a shop's customer may read and the HTTP status of its answer.

The gateway's own errors come from `client.errors`; both belong to one family, `IamportError`. `str(error)` is
plain English for logs, `error.message` is translated, `error.code` is stable (docs/errors.md says what to do).
"""

from __future__ import annotations

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

from .payments import (
    AccountNotWaiting,
    AccountWaiting,
    Busy,
    NotAcceptable,
    NotPayable,
    OrderChanged,
    OrderClosed,
    OrderPaid,
    PaymentUnknown,
    ReceiverFailed,
    RejectPayment,
    TooManyNotices,
)
from .records import (
    ByInvalid,
    EvidenceMissing,
    GatewayColumn,
    HistoryKept,
    InTransaction,
    OperatorNotCalled,
    TransactionKept,
)
from .refunds import (
    NotRefundable,
    RefundAccountInvalid,
    RefundAccountMissing,
    RefundAmountInvalid,
    RefundKeyUsed,
    RefundNeedsOperator,
    RefundNotKnown,
    RefundOpen,
    RefundPeriodOver,
    RefundRefused,
    RefundRestChanged,
    RefundTooHigh,
)
from .requests import (
    AttemptNotFound,
    BodyTooLarge,
    FormInvalid,
    MalformedRequest,
)
from .texts import MESSAGES as MESSAGES

__all__ = [
    "AccountNotWaiting",
    "AccountWaiting",
    "AttemptNotFound",
    "AuthenticationFailed",
    "BodyTooLarge",
    "Busy",
    "ByInvalid",
    "Conflict",
    "ConnectionFailed",
    "Declined",
    "EvidenceMissing",
    "FormInvalid",
    "GatewayColumn",
    "GatewayError",
    "GatewayTimeout",
    "HistoryKept",
    "IamportError",
    "InTransaction",
    "MalformedRequest",
    "NotAcceptable",
    "NotFound",
    "NotPayable",
    "NotRefundable",
    "OperatorNotCalled",
    "OrderChanged",
    "OrderClosed",
    "OrderPaid",
    "OutcomeUnknown",
    "PaymentUnknown",
    "PermissionDenied",
    "RateLimited",
    "ReceiverFailed",
    "RefundAccountInvalid",
    "RefundAccountMissing",
    "RefundAmountInvalid",
    "RefundKeyUsed",
    "RefundNeedsOperator",
    "RefundNotKnown",
    "RefundOpen",
    "RefundPeriodOver",
    "RefundRefused",
    "RefundRestChanged",
    "RefundTooHigh",
    "Refused",
    "RejectPayment",
    "TooManyNotices",
    "TransactionKept",
    "UnexpectedAnswer",
]
