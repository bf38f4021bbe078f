"""What is wrong with a request to the pages."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from django_iamport.client.errors import IamportError

from .texts import Text

_UNREADABLE = _("The request could not be read. Please reload the page and try again.")


class AttemptNotFound(IamportError):
    """No such order or payment, or none that the caller may see."""

    code = "not_found"
    http_status = 404
    message = Text(_("The order was not found."))


class CsrfFailed(IamportError):
    """The session says who asks, and the request lacks the CSRF token that only the shop's own pages know."""

    code = "csrf_failed"
    http_status = 403
    message = Text(_("The page has been open too long. Please reload it and try again."))


class Forbidden(IamportError):
    """The shop's code raised Django's `PermissionDenied`."""

    code = "forbidden"
    http_status = 403
    message = Text(_("You may not do this."))


class FormInvalid(IamportError):
    """The order form has errors; `fields` in the answer holds them by field name."""

    code = "form_invalid"
    http_status = 400
    message = Text(_("Please check the highlighted fields."))

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__("The order form has errors.")
        self.fields = fields


class ChannelUnknown(IamportError):
    """The page named a channel that is not in `IAMPORT_CHANNELS`."""

    code = "channel_unknown"
    http_status = 400
    message = Text(_("This payment method is not available. Please choose another."))


class MalformedRequest(IamportError):
    """The body is neither a JSON object nor a form, or a field of it has the wrong type."""

    code = "malformed_request"
    http_status = 400
    message = Text(_UNREADABLE)


class MethodNotAllowed(IamportError):
    """The JSON views are posted to, and nothing else."""

    code = "method_not_allowed"
    http_status = 405
    message = Text(_UNREADABLE)


class NotAuthenticated(IamportError):
    """Nobody is signed in where the project lets nobody else in, or a token doesn't hold; raised by `get_user`."""

    code = "not_authenticated"
    http_status = 401
    message = Text(_("Please sign in and try again."))


class TooManyRequests(IamportError):
    """More was asked about one attempt, one order, or from one address than the gateway is asked for.

    Nobody was asked and nothing is lost; `retry_after` has the seconds to wait.
    """

    code = "too_many_requests"
    http_status = 429
    message = Text(_("Too many requests in a short time. Please wait a moment and try again."))

    def __init__(self, *args: object, retry_after: int = 1) -> None:
        super().__init__(*args)
        self.retry_after = retry_after


class BodyTooLarge(IamportError):
    """The body is larger than any request to these views can be."""

    code = "body_too_large"
    http_status = 413
    message = Text(_("The request is too large."))
