"""What keeps an order from being paid, or a payment from being stored."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.client.errors import IamportError
from django_iamport.rules.verification import Reason

from .texts import CHECKING, SHOP_FAULT, Text


class OrderPaid(IamportError):
    """The order is already paid: nothing further may be charged for it."""

    code = "order_paid"
    http_status = 409
    message = Text(_("This order has already been paid."))


class _Worded(Exception):
    """Whoever raises it may know a text that customers read instead of the usual one."""

    def __init__(self, *args: object, text: str | Promise | None = None) -> None:
        super().__init__(*args)
        self.text = text


class OrderClosed(_Worded, IamportError):
    """The order no longer accepts payments: cancelled, given up or settled."""

    code = "order_closed"
    http_status = 409
    message = Text(_("This order can no longer be paid. Please order again."))


class OrderNotClosed(IamportError):
    """The shop's own order was closed and would still be paid: it is neither replaced nor given up then."""

    code = "order_not_closed"
    http_status = 500
    message = Text(SHOP_FAULT)


class OrderKept(IamportError):
    """The order is given up by something else alone: that of a subscription's period by its subscription."""

    code = "order_kept"
    http_status = 409
    message = Text(_("This order belongs to a subscription and can only be cancelled there."))


class OrderChanged(IamportError):
    """The order's amount or currency changed while the payment was being prepared."""

    code = "order_changed"
    http_status = 409
    message = Text(_("The order has changed. Please reload the page and check the amount."))


class NotPayable(_Worded, IamportError):
    """The order's amount can't be charged: 0, below 0, too large, or with odd fractions; or the cart is empty."""

    code = "not_payable"
    http_status = 409
    message = Text(_("This order has no payable amount."))


class AccountWaiting(IamportError):
    """An earlier virtual account of this order waits for its deposit and could not be voided."""

    code = "account_waiting"
    http_status = 409
    message = Text(
        _(
            "This order already has a virtual account. Make your deposit there, or wait a moment and try again."
        )
    )


class AccountKept(IamportError):
    """A virtual account of this order waits for its deposit, and nobody agreed to give it up."""

    code = "account_kept"
    http_status = 409
    message = Text(
        _("A virtual account is waiting for your deposit. It will be cancelled if you pay another way.")
    )

    def __init__(self, *args: object, merchant_uid: str = "") -> None:
        super().__init__(*args)
        self.merchant_uid = merchant_uid


class PaymentUnknown(IamportError):
    """The gateway doesn't know this payment (yet): ask again later."""

    code = "payment_unknown"
    http_status = 503
    message = Text(CHECKING)


class ReceiverFailed(IamportError):
    """The shop's own code failed, in a hook or while the payment was being stored; nothing was stored.

    Sync tries again what concerns a payment.
    """

    code = "receiver_failed"
    http_status = 503
    message = Text(CHECKING)


class Busy(IamportError):
    """The database refused the step several times (deadlock, lock); nothing was stored, try again."""

    code = "busy"
    http_status = 503
    message = Text(CHECKING)


class TooManyNotices(IamportError):
    """More webhooks arrived than are looked up at once; nothing was looked up, another delivery is welcome."""

    code = "too_many_notices"
    http_status = 503
    message = Text(CHECKING)


class AccountNotWaiting(IamportError):
    """No virtual account of this transaction waits for a deposit."""

    code = "account_not_waiting"
    http_status = 409
    message = Text(_("No virtual account is waiting for a deposit here."))


class NotAcceptable(IamportError):
    """This transaction can't be accepted by hand: it isn't rejected, or holds no money that could be kept."""

    code = "not_acceptable"
    http_status = 409
    message = Text(_("This payment can't be accepted manually."))


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
