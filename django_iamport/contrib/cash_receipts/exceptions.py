"""What keeps a cash receipt from being issued or cancelled."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError
from django_iamport.exceptions.texts import Text

__all__ = [
    "CashReceiptAmountInvalid",
    "CashReceiptIdentifierInvalid",
    "CashReceiptNotIssued",
    "CashReceiptNotPossible",
    "CashReceiptOpen",
    "CashReceiptRefused",
]

PROBLEMS: dict[str, Promise] = {
    "unreadable": _("Please enter the complete number of a mobile phone, a cash receipt card or a business."),
    "phone": _("This is not a valid mobile phone number."),
    "person": _("This is not a valid resident registration number."),
    "business": _("This is not a valid business registration number."),
    "taxcard": _("This is not a valid card number."),
    "purpose": _("This kind of number does not fit the purpose of the receipt."),
}


class CashReceiptIdentifierInvalid(IamportError):
    """The number that the receipt is to be on can't be right; `problem` says what is wrong."""

    code = "cash_receipt_identifier_invalid"
    http_status = 400
    message = Text(_("Please check the number for the cash receipt."))

    def __init__(self, *args: object, problem: str = "unreadable") -> None:
        super().__init__(*args)
        self.problem = problem

    @property
    def detail(self) -> str:
        """What is wrong, as whoever wrote the number reads it."""
        return str(PROBLEMS.get(self.problem, self.message))


class CashReceiptAmountInvalid(IamportError):
    """The amount is not a whole number of won above 0, or its tax-free part and tax are more than all of it."""

    code = "cash_receipt_amount_invalid"
    http_status = 400
    message = Text(_("Please enter an amount in whole won."))


class CashReceiptNotPossible(IamportError):
    """Of this payment no cash receipt is issued: it isn't paid, was paid by something else than a transfer or a
    deposit, in another currency, or nothing of it is held any more."""

    code = "cash_receipt_not_possible"
    http_status = 409
    message = Text(_("No cash receipt can be issued for this payment."))


class CashReceiptOpen(IamportError):
    """There is a receipt already, or one is being issued or cancelled."""

    code = "cash_receipt_open"
    http_status = 409
    message = Text(_("A cash receipt has already been issued or is being processed."))


class CashReceiptRefused(IamportError):
    """The payment company did not issue, or did not cancel, the receipt. `gateway_message` is in its words."""

    code = "cash_receipt_refused"
    http_status = 409
    message = Text(_("The payment provider did not accept the cash receipt. Please check the number."))

    def __init__(self, *args: object, gateway_message: str = "") -> None:
        super().__init__(*args)
        self.gateway_message = gateway_message


class CashReceiptNotIssued(IamportError):
    """There is no issued receipt that could be cancelled."""

    code = "cash_receipt_not_issued"
    http_status = 409
    message = Text(_("There is no cash receipt to cancel."))
