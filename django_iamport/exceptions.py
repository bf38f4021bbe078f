"""Every error of this package, with the text a shop's customer may read and the HTTP status of its answer.

The gateway's own errors come from `client.errors`; both belong to one family, `IamportError`. `str(error)` is
plain English for logs, `error.message` is translated, `error.code` is stable (docs/errors.md says what to do).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
from django_iamport.rules.verification import Reason

__all__ = [
    "AccountNotWaiting",
    "AccountWaiting",
    "AttemptNotFound",
    "AuthenticationFailed",
    "BodyTooLarge",
    "Busy",
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
    "RefundNotKnown",
    "RefundOpen",
    "RefundPeriodOver",
    "RefundRestChanged",
    "RefundTooHigh",
    "Refused",
    "RejectPayment",
    "TooManyNotices",
    "TransactionKept",
    "UnexpectedAnswer",
]


_TRY_LATER = _(
    "The payment provider can't be reached right now. No money has been lost; please try again in a moment."
)
_CHECKING = _("We are checking your payment with the payment provider. Please don't pay again yet.")
_SHOP_FAULT = _("The shop has a technical problem with payments. Please contact the shop.")

# The client's errors know no Django and no language: their texts are found by code.
MESSAGES: Mapping[str, Promise] = {
    "gateway_unreachable": _TRY_LATER,
    "gateway_timeout": _TRY_LATER,
    "outcome_unknown": _TRY_LATER,
    "gateway_authentication": _SHOP_FAULT,
    "gateway_permission": _SHOP_FAULT,
    "gateway_not_found": _CHECKING,
    "gateway_conflict": _SHOP_FAULT,
    "gateway_rate_limit": _TRY_LATER,
    "gateway_refused": _(
        "The payment provider refused the request. Please try again or use another payment method."
    ),
    "gateway_declined": _("The card company declined. Please try another card or another payment method."),
    "gateway_unexpected_answer": _TRY_LATER,
}

IamportError.translations = MESSAGES


class _Text:
    """An error's text for people: lazy on its class, on the error itself a `str` in the reader's language."""

    def __init__(self, text: Promise) -> None:
        self.text = text

    @overload
    def __get__(self, error: None, owner: type) -> Promise: ...

    @overload
    def __get__(self, error: object, owner: type) -> str: ...

    def __get__(self, error: object, owner: type) -> str | Promise:
        return self.text if error is None else str(self.text)


class OrderPaid(IamportError):
    """The order is already paid: nothing further may be charged for it."""

    code = "order_paid"
    http_status = 409
    message = _Text(_("This order has already been paid."))


class OrderClosed(IamportError):
    """The order no longer accepts payments: cancelled, given up or settled."""

    code = "order_closed"
    http_status = 409

    def __init__(self, *args: object, text: str | Promise | None = None) -> None:
        super().__init__(*args)
        self.text = text

    @property
    def message(self) -> str:
        """The shop's own reason, where it gave one that customers may read."""
        return str(self.text or _("This order can no longer be paid. Please order again."))


class OrderChanged(IamportError):
    """The order's amount or currency changed while the payment was being prepared."""

    code = "order_changed"
    http_status = 409
    message = _Text(_("The order has changed. Please reload the page and check the amount."))


class NotPayable(IamportError):
    """The order's amount can't be charged: 0, below 0, too large, or with odd fractions."""

    code = "not_payable"
    http_status = 409
    message = _Text(_("This order has no payable amount."))


class AccountWaiting(IamportError):
    """An earlier virtual account of this order waits for its deposit and could not be voided."""

    code = "account_waiting"
    http_status = 409
    message = _Text(
        _(
            "This order already has a virtual account. Make your deposit there, or wait a moment and try again."
        )
    )


class PaymentUnknown(IamportError):
    """The gateway doesn't know this payment (yet): ask again later."""

    code = "payment_unknown"
    http_status = 503
    message = _Text(_CHECKING)


class ReceiverFailed(IamportError):
    """The shop's own code failed while the payment was being stored; nothing was stored, sync tries again."""

    code = "receiver_failed"
    http_status = 503
    message = _Text(_CHECKING)


class Busy(IamportError):
    """The database refused the step several times (deadlock, lock); nothing was stored, try again."""

    code = "busy"
    http_status = 503
    message = _Text(_CHECKING)


class TooManyNotices(IamportError):
    """More webhooks arrived than are looked up at once; nothing was looked up, another delivery is welcome."""

    code = "too_many_notices"
    http_status = 503
    message = _Text(_CHECKING)


class EvidenceMissing(IamportError):
    """A transaction was to become paid without a lookup that proves it; nothing was written."""

    code = "evidence_missing"
    http_status = 409
    message = _Text(_("The payment could not be verified."))


class GatewayColumn(IamportError):
    """A column that only gateway updates may change was assigned; `confirm()` or `sync()` change it."""

    code = "gateway_column"
    http_status = 500
    message = _Text(_SHOP_FAULT)


class InTransaction(IamportError):
    """The gateway can't be asked while a database transaction is open: call this outside of `atomic()`."""

    code = "in_transaction"
    http_status = 500
    message = _Text(_SHOP_FAULT)


class TransactionKept(IamportError):
    """A prepared transaction is never deleted: money may still arrive under its `merchant_uid`."""

    code = "transaction_kept"
    http_status = 409
    message = _Text(_("A payment record can't be deleted."))


class NotRefundable(IamportError):
    """Nothing of this transaction can be refunded from here: no money is held, or it isn't this shop's."""

    code = "not_refundable"
    http_status = 409
    message = _Text(_("There is nothing to refund here for this payment."))


class RefundAmountInvalid(IamportError):
    """The amount is not more than 0, or has decimals that the currency lacks."""

    code = "refund_amount_invalid"
    http_status = 400
    message = _Text(_("Please enter an amount greater than 0 that is valid in this currency."))


class RefundTooHigh(IamportError):
    """The sum is more than what is left of the payment."""

    code = "refund_too_high"
    http_status = 409
    message = _Text(_("This is more than the remaining amount of the payment."))


class RefundRestChanged(IamportError):
    """What is left of the payment differs from what was seen when the refund was asked for."""

    code = "refund_rest_changed"
    http_status = 409
    message = _Text(
        _("Part of the payment was refunded in the meantime. Please check what is left and decide again.")
    )


class RefundOpen(IamportError):
    """A refund of this transaction is under way, or its outcome is not known yet."""

    code = "refund_open"
    http_status = 409
    message = _Text(_("A refund of this payment is in progress. Please wait for its outcome."))


class RefundKeyUsed(IamportError):
    """The form's one-time key belongs to a refund of another payment or sum."""

    code = "refund_key_used"
    http_status = 409
    message = _Text(_("This form has already been used. Please open it again."))


class RefundAccountMissing(IamportError):
    """A deposit is returned to an account of the customer's, and none was named."""

    code = "refund_account_missing"
    http_status = 409
    message = _Text(_("To refund a deposit, the customer's bank account is needed."))


class RefundAccountInvalid(IamportError):
    """The account to refund to is not valid; `fields` names what is wrong."""

    code = "refund_account_invalid"
    http_status = 400
    message = _Text(_("Please check the bank account details."))

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__("The account to refund to is not valid.")
        self.fields = fields


class RefundPeriodOver(IamportError):
    """A phone payment can be refunded only in the month it was made (KST)."""

    code = "refund_period_over"
    http_status = 409
    message = _Text(
        _(
            "A phone payment can be refunded only in the month it was made. Please return the money by transfer."
        )
    )


class RefundNotKnown(IamportError):
    """There is no refund request that could be retried or given an account."""

    code = "refund_not_known"
    http_status = 404
    message = _Text(_("There is no refund waiting for this."))


class NotAcceptable(IamportError):
    """This transaction can't be accepted by hand: it isn't rejected, or holds no money that could be kept."""

    code = "not_acceptable"
    http_status = 409
    message = _Text(_("This payment can't be accepted manually."))


class AccountNotWaiting(IamportError):
    """No virtual account of this transaction waits for a deposit."""

    code = "account_not_waiting"
    http_status = 409
    message = _Text(_("There is no virtual account waiting for a deposit here."))


class HistoryKept(IamportError):
    """History rows are never changed; `iamport_prune` deletes old ones."""

    code = "history_kept"
    http_status = 409
    message = _Text(_("The history can't be changed."))


class AttemptNotFound(IamportError):
    """No such order or payment, or none that the caller may see."""

    code = "not_found"
    http_status = 404
    message = _Text(_("The order was not found."))


class FormInvalid(IamportError):
    """The order form has errors; `fields` in the answer holds them by field name."""

    code = "form_invalid"
    http_status = 400
    message = _Text(_("Please check the highlighted fields."))

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__("The order form has errors.")
        self.fields = fields


class MalformedRequest(IamportError):
    """The body is neither a JSON object nor a form, or a field of it has the wrong type."""

    code = "malformed_request"
    http_status = 400
    message = _Text(_("The request could not be read. Please reload the page and try again."))


class BodyTooLarge(IamportError):
    """The body is larger than any request to these views can be."""

    code = "body_too_large"
    http_status = 413
    message = _Text(_("The request is too large."))


class RejectPayment(Exception):
    """Raised by `accepts_payment` or a `payment_paid` receiver: the shop turns this payment down.

    `reason`: stable text, at most 40 characters, stored beside the status `rejected`, e.g. `"sold_out"`. A word
    of the rules' own is stored as `shop_…`: it would say something else about the money.
    `refund`: whether the money goes back at once (where `IAMPORT_AUTO_CANCEL` is not empty).
    """

    def __init__(self, reason: str, *, refund: bool = True) -> None:
        super().__init__(reason)
        own_words = [word.value for word in Reason]
        self.reason = f"shop_{reason}" if reason in own_words else reason[:40] or "refused"
        self.refund = refund
