"""How a payment stands, in colour and in words, and who told of it."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from django_iamport.models import AbstractTransaction, Refund

# What Django's admin has: a colour only underlines what the word says.
COLOURS = {
    "paid": "good",
    "done": "good",
    "ready": "waiting",
    "wanted": "waiting",
    "sent": "waiting",
    "failed": "over",
    "cancelled": "over",
    "refused": "over",
    "rejected": "bad",
    "unknown": "bad",
    "needs_operator": "bad",
}


# Who told of it.
SOURCES = {
    "browser": _("customer’s page"),
    "redirect": _("return from the payment window"),
    "webhook": _("webhook"),
    "sync": _("regular check"),
    "admin": _("operator"),
    "command": _("command"),
    "refund": _("refund"),
    "account": _("virtual account"),
    "create_new": _("another attempt"),
    "get_transaction": _("the shop’s code"),
    "save": _("the shop’s code"),
}


def source_in_words(source: str) -> Any:
    """Who told of it; a shop's own word stays as it is."""
    return SOURCES.get(source, source)


def badge(status: str, words: Any) -> SafeString:
    return format_html(
        '<span class="iamport-status iamport-{}">{}</span>', COLOURS.get(status, "over"), words
    )


def status_in_words(transaction: AbstractTransaction) -> Any:
    """The status, and beyond it what an operator has to know at a glance."""
    status = transaction.status
    if status == "ready" and transaction.is_awaiting_deposit:
        return _("deposit deadline passed") if transaction.is_expired else _("awaiting deposit")
    if status == "paid" and transaction.cancel_amount:
        return _("partially refunded")
    if status == "cancelled" and transaction.cancel_amount:
        return _("refunded")
    return dict(AbstractTransaction.STATUS).get(status, status)


def status_badge(transaction: AbstractTransaction) -> SafeString:
    return badge(transaction.status, status_in_words(transaction))


def refund_badge(refund: Refund) -> SafeString:
    return badge(refund.status, dict(Refund.STATUS).get(refund.status, refund.status))
