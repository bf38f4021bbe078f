"""What keeps a billing key from being issued, charged or deleted."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError
from django_iamport.exceptions.texts import CHECKING, Text
from django_iamport.rules.status import Status

from . import rules

__all__ = [
    "BillingKeyForeign",
    "BillingKeyGone",
    "BillingKeyKept",
    "BillingKeyNotIssued",
    "BillingKeyRefused",
    "ChargeDeclined",
    "ChargeUnknown",
]

NOT_REGISTERED = _("The card could not be registered. Please check it or use another card.")

# Of the codes that stand where the payment company said nothing.
REASONS: dict[str, str | Promise] = {
    rules.GONE: _("The payment provider no longer knows this card."),
    rules.REPLACED: _("Another card was registered in its place."),
    rules.TEST_CHANNEL: _("The card was registered through a test channel."),
    rules.FORGED: _("The card was not registered as requested."),
    rules.ERASED: _("Personal data was erased."),
    rules.ABANDONED: _("The registration was not finished."),
    rules.WITHOUT_OWNER: _("The customer's account was deleted."),
    # Where a window said no more than that.
    Status.FAILED.value: NOT_REGISTERED,
}


class ChargeDeclined(IamportError):
    """The card was not charged: the attempt failed. `transaction` is its row, `reason` who refused says why."""

    code = "charge_declined"
    http_status = 409
    message = Text(_("The card company declined the payment. Please use another card."))

    def __init__(self, *args: object, transaction: Any = None, reason: str = "") -> None:
        super().__init__(*args)
        self.transaction = transaction
        self.reason = reason

    @property
    def reason_in_words(self) -> str:
        """Why, in the reader's language or the card company's words."""
        row = self.transaction
        if row is None:
            return self.reason or str(self.message)
        shown = row.get_reject_reason_display() if row.reject_reason else row.get_fail_reason_display()
        return str(shown or self.message)


class ChargeUnknown(IamportError):
    """A charge of this order was sent, and what became of it is not known yet; nothing further was charged.

    `transaction` is the attempt. It is looked up by `iamport_sync`, and before the order is charged again.
    """

    code = "charge_unknown"
    http_status = 503
    message = Text(CHECKING)

    def __init__(self, *args: object, transaction: Any = None) -> None:
        super().__init__(*args)
        self.transaction = transaction


class BillingKeyGone(IamportError):
    """The card can't be charged any more: it was deleted, or the gateway no longer knows it.

    `transaction` is the failed attempt, where one had begun.
    """

    code = "billing_key_gone"
    http_status = 409
    message = Text(_("This card is no longer saved. Please add it again or use another card."))

    def __init__(self, *args: object, transaction: Any = None) -> None:
        super().__init__(*args)
        self.transaction = transaction


class BillingKeyNotIssued(IamportError):
    """The card was not registered (yet): the gateway knows no key that was issued for it."""

    code = "billing_key_not_issued"
    http_status = 409
    message = Text(_("This card has not been registered yet."))


class BillingKeyRefused(IamportError):
    """A card was not registered. `reason` is in the words of the gateway or the card company, or `test_channel`:
    registered through one, it was deleted there.
    """

    code = "billing_key_refused"
    http_status = 409
    message = Text(NOT_REGISTERED)

    def __init__(self, *args: object, reason: str = "") -> None:
        super().__init__(*args)
        self.reason = reason

    @property
    def reason_in_words(self) -> str:
        """Why, in the reader's language or the card company's words."""
        return str(REASONS.get(self.reason, self.reason) or self.message)


class BillingKeyForeign(IamportError):
    """The order is somebody else's than the card, or the card is of the shop that this data was copied from:
    nothing was charged, and nothing deleted.
    """

    code = "billing_key_foreign"
    http_status = 403
    message = Text(_("This card can't be used for this order."))


class BillingKeyKept(IamportError):
    """The row is kept as long as the gateway may know the key: `withdraw()` deletes it there first."""

    code = "billing_key_kept"
    http_status = 409
    message = Text(_("The card has to be deleted at the payment provider first."))
