"""What keeps somebody from being verified."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError
from django_iamport.exceptions.texts import Text

__all__ = [
    "IdentityCodeRefused",
    "IdentityCodeWrong",
    "IdentityExpired",
    "IdentityForeign",
    "IdentityNotCertified",
    "IdentityNotFound",
    "IdentityRefused",
    "IdentityRequired",
]


class IdentityNotFound(IamportError):
    """No such verification, or none that the caller began."""

    code = "identity_not_found"
    http_status = 404
    message = Text(_("This verification was not begun here. Please begin again."))


class IdentityNotCertified(IamportError):
    """The gateway knows of no success (yet): the window was closed, or is still open, or the person failed."""

    code = "identity_not_certified"
    http_status = 409
    message = Text(_("You have not been verified yet. You can try again."))


class IdentityForeign(IamportError):
    """The `imp_uid` belongs to another verification, or came through another channel: nothing was changed."""

    code = "identity_foreign"
    http_status = 409
    message = Text(_("This verification was not begun here. Please begin again."))


class IdentityExpired(IamportError):
    """It was begun too long ago: nothing more is accepted for it."""

    code = "identity_expired"
    http_status = 409
    message = Text(_("The verification took too long. Please begin again."))


class IdentityRefused(IamportError):
    """Raised by a shop's `identity_verified`: the person is known, and not wanted.

    `reason` is a stable word of the shop's, at most 40 characters; `REJECT_REASONS` of the model has its text.
    Nothing of the person is kept, and the gateway's copy is deleted all the same.
    """

    code = "identity_refused"
    http_status = 409
    message = Text(_("You were verified, but the shop can't accept it."))

    def __init__(self, reason: str = "refused") -> None:
        super().__init__(reason)
        self.reason = reason[:40]


class IdentityCodeRefused(IamportError):
    """No code was sent: the carrier doesn't know such a person, or what was told of him can't be right."""

    code = "identity_code_refused"
    http_status = 409
    message = Text(_("Your carrier does not confirm these details. Please check them."))


class IdentityCodeWrong(IamportError):
    """The code is wrong or over, or none was sent."""

    code = "identity_code_wrong"
    http_status = 409
    message = Text(_("The code is wrong or has expired. Please check it, or ask for another one."))


class IdentityRequired(IamportError):
    """What is ordered needs a verification that the visitor doesn't have."""

    code = "identity_required"
    http_status = 403
    message = Text(_("Please verify your identity before you order this."))
