"""What keeps money from going back."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from django_iamport.client.errors import IamportError

from .texts import Text


class NotRefundable(IamportError):
    """Nothing of this transaction can be refunded from here: no money is held, or it isn't this shop's."""

    code = "not_refundable"
    http_status = 409
    message = Text(_("Nothing of this payment is left to refund."))


class RefundAmountInvalid(IamportError):
    """The amount is not more than 0, or has decimals that the currency lacks."""

    code = "refund_amount_invalid"
    http_status = 400
    message = Text(_("Please enter an amount greater than 0 that is valid in this currency."))


class RefundTooHigh(IamportError):
    """The sum is more than what is left of the payment."""

    code = "refund_too_high"
    http_status = 409
    message = Text(_("This is more than the remaining amount of the payment."))


class RefundRestChanged(IamportError):
    """What is left of the payment differs from what was seen when the refund was asked for."""

    code = "refund_rest_changed"
    http_status = 409
    message = Text(
        _("Part of the payment was refunded in the meantime. Please check what is left and decide again.")
    )


class RefundOpen(IamportError):
    """A refund of this transaction is under way, or its outcome is not known yet."""

    code = "refund_open"
    http_status = 409
    message = Text(_("A refund of this payment is in progress. Please wait for its outcome."))


class RefundInConsole(IamportError):
    """A payment with a promotion, of which a part is to go back, or whose sums don't say how much to ask for."""

    code = "refund_in_console"
    http_status = 409
    message = Text(
        _("The payment provider gave a discount. Please make this refund in the payment provider's console.")
    )


class RefundKeyUsed(IamportError):
    """The form's one-time key belongs to a refund of another payment or sum."""

    code = "refund_key_used"
    http_status = 409
    message = Text(_("This form has already been used. Please open it again."))


class RefundAccountMissing(IamportError):
    """A deposit is returned to an account of the customer's, and none was named."""

    code = "refund_account_missing"
    http_status = 409
    message = Text(_("To refund a deposit, the customer's bank account is needed."))


class RefundAccountInvalid(IamportError):
    """The account to refund to is not valid; `fields` names what is wrong."""

    code = "refund_account_invalid"
    http_status = 400
    message = Text(_("Please check the bank account details."))

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        super().__init__("The account to refund to is not valid.")
        self.fields = fields


class RefundPeriodOver(IamportError):
    """A phone payment can be refunded only in the month it was made (KST)."""

    code = "refund_period_over"
    http_status = 409
    message = Text(
        _(
            "A phone payment can be refunded only in the month it was made. Please return the money by transfer."
        )
    )


class RefundRefused(IamportError):
    """The refund that this form asked for was not carried out, and will not be.

    `refusal` is the code of the error that kept it back, `gateway_message` the gateway's own words.
    """

    code = "refund_refused"
    http_status = 409
    message = Text(_("The refund was not carried out."))

    def __init__(self, *args: object, refusal: str = "", gateway_message: str = "") -> None:
        super().__init__(*args)
        self.refusal = refusal
        self.gateway_message = gateway_message


class RefundNeedsOperator(RefundRefused):
    """The automatic refund could not be carried out now either, and goes on waiting for an operator."""

    code = "refund_needs_operator"
    message = Text(_("The refund could not be carried out yet. The shop is taking care of it."))


class RefundNotKnown(IamportError):
    """There is no refund request that could be retried or given an account."""

    code = "refund_not_known"
    http_status = 404
    message = Text(_("No refund is waiting here."))
