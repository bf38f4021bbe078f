"""What can go wrong between a shop and the gateway: one family, stable codes, no secret in any text.

`str(error)` is plain English for logs. `error.message` is the text for people: whoever knows their language
fills `IamportError.translations` (code -> text or lazy text); without it the English text is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

LONGEST_ID_SHOWN = 60


class IamportError(Exception):
    """Root of every error of this package.

    `code` is stable and safe to branch on, `http_status` is what a shop's view answers.
    """

    code: ClassVar[str] = "iamport_error"
    http_status: ClassVar[int] = 500
    translations: ClassVar[Mapping[str, Any]] = {}

    @property
    def message(self) -> str:
        """The text for people, translated where `translations` knows the code."""
        return str(self.translations.get(self.code, self))


class GatewayError(IamportError):
    """The gateway refused, could not be asked, or answered something that can't be used.

    `operation` is the client's name of the call (`payments.find`), `ids` what was asked for (`imp_uid`,
    `merchant_uid`, `customer_uid` and so on), `status` the HTTP status of the answer or None where there was
    none. Neither text nor pickle holds a token, a request body or an answer.
    """

    code = "gateway_error"
    http_status = 503
    problem: ClassVar[str] = "the gateway could not be used"

    def __init__(
        self,
        problem: str | None = None,
        *,
        operation: str = "",
        status: int | None = None,
        **ids: str | None,
    ) -> None:
        super().__init__(problem or self.problem)
        self.operation = operation
        self.status = status
        self.ids = {name: value for name, value in ids.items() if value}

    @property
    def imp_uid(self) -> str | None:
        return self.ids.get("imp_uid")

    @property
    def merchant_uid(self) -> str | None:
        return self.ids.get("merchant_uid")

    def __str__(self) -> str:
        # Ids may come from a browser: repr() keeps line breaks out of the log.
        facts = [f"{name}={value[:LONGEST_ID_SHOWN]!r}" for name, value in self.ids.items()]
        if self.status is not None:
            facts.append(f"HTTP {self.status}")
        where = f"{self.operation}: " if self.operation else ""
        return f"{where}{self.args[0]}" + (f" ({', '.join(facts)})" if facts else "")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class ConnectionFailed(GatewayError):
    """No connection, or a read that was cut off, twice. Nothing was changed at the gateway."""

    code = "gateway_unreachable"
    problem = "no connection to the gateway"


class GatewayTimeout(GatewayError):
    """A read was not answered in time, twice."""

    code = "gateway_timeout"
    problem = "the gateway did not answer in time"


class OutcomeUnknown(GatewayError):
    """A write may or may not have happened: look up what `ids` names before anything else is done."""

    code = "outcome_unknown"
    problem = "it is not known whether the gateway carried this out"


class AuthenticationFailed(GatewayError):
    """HTTP 401: wrong key or secret, or a fresh token was refused."""

    code = "gateway_authentication"
    problem = "the gateway refused the credentials"


class PermissionDenied(GatewayError):
    """HTTP 403: the account may not do this, or may not from this address."""

    code = "gateway_permission"
    problem = "the gateway does not permit this"


class NotFound(GatewayError):
    """HTTP 404 in the gateway's own words: it knows no such id, or hides it from this account."""

    code = "gateway_not_found"
    http_status = 404
    problem = "the gateway does not know this id"


class Conflict(GatewayError):
    """HTTP 409: registered already, or not changeable in this state."""

    code = "gateway_conflict"
    http_status = 409
    problem = "the gateway holds a conflicting state"


class RateLimited(GatewayError):
    """HTTP 429: asked too often. `retry_after` are the seconds that the gateway asks to wait, None for unsaid."""

    code = "gateway_rate_limit"
    problem = "the gateway received too many requests"

    def __init__(
        self, problem: str | None = None, *, retry_after: float | None = None, **context: Any
    ) -> None:
        super().__init__(problem, **context)
        self.retry_after = retry_after


class Refused(GatewayError):
    """The gateway refused. Nothing was changed.

    `gateway_code` is the envelope's `code` and `gateway_message` its text, which varies by payment company:
    show it to an operator, never branch on it. It stays out of `str(error)`.
    """

    code = "gateway_refused"
    http_status = 502
    problem = "the gateway refused"

    def __init__(
        self,
        problem: str | None = None,
        *,
        gateway_code: int = 0,
        gateway_message: str = "",
        **context: Any,
    ) -> None:
        super().__init__(problem, **context)
        self.gateway_code = gateway_code
        self.gateway_message = gateway_message

    def __str__(self) -> str:
        return f"{super().__str__()} with code {self.gateway_code}"


class Declined(Refused):
    """The card company, or the payment company, said no to a payment or a refund. No money moved.

    `gateway_message` is in their words.
    """

    code = "gateway_declined"
    problem = "the card company or payment provider declined"


class UnexpectedAnswer(GatewayError):
    """The answer to a read is not what the gateway's description says: another body, type or status."""

    code = "gateway_unexpected_answer"
    problem = "the gateway's answer can't be used"
