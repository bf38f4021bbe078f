"""How a payment stands, who reported it, and why something was refused, in an operator's words."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from django_iamport import exceptions
from django_iamport.exceptions import MESSAGES, IamportError, texts
from django_iamport.exceptions.texts import Text
from django_iamport.models import AbstractTransaction, Refund
from django_iamport.rules.status import Status

# What Django's admin has: a colour only underlines what the word says.
COLOURS: Mapping[str, str] = {
    Status.PAID: "good",
    "done": "good",
    Status.READY: "waiting",
    "wanted": "waiting",
    "sent": "waiting",
    Status.FAILED: "over",
    Status.CANCELLED: "over",
    "refused": "over",
    Status.REJECTED: "bad",
    "unknown": "bad",
    "needs_operator": "bad",
}

# Who reported it.
SOURCES = {
    "browser": _("customer’s page"),
    "link": _("link sent by the shop"),
    "redirect": _("return from the payment window"),
    "webhook": _("gateway notification"),
    "sync": _("regular check"),
    "admin": pgettext_lazy("desk", "operator"),
    "command": pgettext_lazy("desk", "command"),
    "refund": pgettext_lazy("desk", "refund"),
    "account": _("virtual account"),
    "create_new": _("another attempt"),
    "get_transaction": _("look-up by the shop’s code"),
    "code": _("the shop’s code"),
    "save": _("the shop’s code"),
    "import": _("the former shop"),
    "charge": _("charge of a saved card"),
    "sweep": _("regular check of saved cards"),
    "billing": _("the shop’s code for saved cards"),
    "payment": _("payment of the order"),
    "renew": _("renewal of subscriptions"),
}

_SETUP = _("The gateway denies this shop access. Please ask your server administrator to run iamport_check.")
# Where the customer's text would be the wrong one.
FOR_OPERATORS: Mapping[str, Promise] = {
    "outcome_unknown": _(
        "The gateway did not confirm whether this was carried out. It will be checked automatically; "
        "please do not try again until the outcome appears here."
    ),
    "gateway_authentication": _SETUP,
    "gateway_permission": _SETUP,
    "gateway_refused": _("The payment provider refused."),
    "gateway_declined": _("The payment provider refused."),
    "gateway_conflict": _(
        "The gateway has a different status for this payment. Press “Ask the gateway” first."
    ),
    "gateway_not_found": _("The gateway does not know this payment."),
    "payment_unknown": _("The gateway does not know this payment yet, or its answers contradict each other."),
    "receiver_failed": _(
        "The shop’s own code failed while the payment was being stored. Nothing was changed."
    ),
    "busy": _("The database was busy. Nothing was changed; please try again."),
}


def source_in_words(source: str) -> str | Promise:
    """Who reported it; a shop's own word stays as it is."""
    return SOURCES.get(source, source)


# Why an operator is called (docs/signals.md).
CALLS: Mapping[str, str | Promise] = {
    "taken_back": _("The gateway no longer confirms this payment."),
    "unclear": _("The gateway’s answers about this payment contradict each other."),
    "discount": _("The payment is lower because of the payment provider’s discount."),
    "not_a_payment": _("A card was registered instead of a payment."),
    "second_payment": _("A second payment is held, but one of the shop’s constraints rejects its record."),
    "held": _("Money is still held for a payment that the order does not accept."),
    "refund_refused": _("A refund could not be carried out."),
    "void_refused": _("A virtual account could not be voided."),
    "escrow_refused": _("The buyer refuses the goods of a payment in escrow."),
    "cash_receipt_not_cancelled": _("Money was refunded, but its cash receipt could not be cancelled."),
}


def call_in_words(reason: str) -> str:
    return str(CALLS.get(reason, reason))


# What the package itself writes where a person writes a reason.
REASONS: Mapping[str, str | Promise] = {
    **AbstractTransaction.REJECT_REASONS,
    **CALLS,
    "expired": _("Nothing was deposited by the deadline."),
    "new_attempt": _("The customer started another payment."),
    "accepted": _("The payment was accepted instead."),
    "bank_transfer": _("The shop returned the money by bank transfer."),
    "refund_not_needed": _("The refund was no longer needed."),
    "sums_differ": _("The amounts here and at the gateway differ."),
    "noticed": _("The gateway sent a notification that has not been applied yet."),
}
_ERRORS: Mapping[str, str | Promise] = {
    error.code: vars(error)["message"].text
    for error in map(exceptions.__dict__.get, exceptions.__all__)
    if isinstance(error, type)
    and issubclass(error, IamportError)
    and isinstance(vars(error).get("message"), Text)
}
CODES: Mapping[str, str | Promise] = {**MESSAGES, **_ERRORS, **FOR_OPERATORS, **REASONS}


def reason_in_words(reason: str) -> str:
    """A word of the rules, or a code of docs/errors.md, as a sentence; what somebody wrote stays as it is."""
    return str(CODES.get(reason) or texts.reason_in_words(reason))


PROVIDERS: Mapping[str, str | Promise] = {
    "html5_inicis": _("KG Inicis"),
    "tosspayments": _("Toss Payments"),
    "nice_v2": _("NICE Payments"),
    "kcp_v2": "NHN KCP",
    "kakaopay": pgettext_lazy("payment method", "KakaoPay"),
    "naverpay": pgettext_lazy("payment method", "Naver Pay"),
}


def provider_in_words(provider: str) -> str:
    """The payment provider by its name, where it is known here, and the gateway's word for it."""
    return f"{PROVIDERS[provider]} ({provider})" if provider in PROVIDERS else provider


def channel_in_words(sandbox: bool | None) -> str:
    """Whether money moved; the gateway says `sandbox`."""
    if sandbox is None:
        return "–"
    return str(_("test: no money moved") if sandbox else pgettext_lazy("channel", "live"))


def badge(status: str, words: str | Promise) -> SafeString:
    return toned(COLOURS.get(status, "over"), words)


def toned(tone: str, words: str | Promise) -> SafeString:
    """In one of the colours that mean good, waiting, over and bad."""
    return format_html('<span class="iamport-status iamport-{}">{}</span>', tone, words)


def status_in_words(transaction: AbstractTransaction) -> str | Promise:
    """The status, and beyond it what an operator has to know at a glance."""
    status = transaction.status
    if status == Status.READY and transaction.is_awaiting_deposit:
        return _("deposit deadline passed") if transaction.is_expired else _("awaiting deposit")
    if status == Status.PAID and transaction.cancel_amount:
        return _("partially refunded")
    if status == Status.CANCELLED and transaction.cancel_amount:
        return pgettext_lazy("status", "refunded")
    return str(dict(AbstractTransaction.STATUS).get(status, status))


def status_badge(transaction: AbstractTransaction) -> SafeString:
    return badge(transaction.status, status_in_words(transaction))


def refund_badge(refund: Refund) -> SafeString:
    return badge(refund.status, str(dict(Refund.STATUS).get(refund.status, refund.status)))


def refund_in_words(refund: Refund) -> tuple[str, str]:
    """Why it was asked for, and why it was not carried out: the provider's words, or ours."""
    return reason_in_words(refund.reason), refund.gateway_message or reason_in_words(refund.code)


def refusal_in_words(error: IamportError) -> str:
    """Our words for the error, and the gateway's own where it gave any."""
    ours = str(FOR_OPERATORS.get(error.code, error.message))
    theirs = getattr(error, "gateway_message", "")
    return gettext("%(ours)s Message: %(theirs)s") % {"ours": ours, "theirs": theirs} if theirs else ours
