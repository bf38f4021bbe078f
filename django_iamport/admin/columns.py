"""A transaction's columns as the desk shows them: amounts, methods and reasons in words."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from django_iamport.admin.exports import desk_moment
from django_iamport.admin.wording import channel_in_words, provider_in_words, reason_in_words, status_badge
from django_iamport.formatting import amount_in_words, pay_method_in_words
from django_iamport.models import AbstractTransaction
from django_iamport.records.transaction import GATEWAY_COLUMNS

# The shop's own columns stand before these.
MONEY = (
    *("shown_status", "shown_reject_reason", "shown_fail_reason", "shown_asked", "shown_paid"),
    *("shown_refunded", "shown_held", "shown_pay_method", "shown_provider", "channel_name", "shown_channel"),
)
IDS = ("merchant_uid", "shown_gateway_number", "imp_uid", "pg_tid", "apply_num", "shown_receipt")
ACCOUNT = tuple(sorted(name for name in GATEWAY_COLUMNS if name.startswith("vbank_")))
MOMENTS = (
    *("created", "modified", "paid_at", "failed_at", "cancelled_at", "verified_at", "looked_up_at"),
    *("heard_at", "shown_backlog", "erased_at"),
)
HIDDEN = {"paid_order_key", "polled_at", "notices_booked_until", "asked"}
# Shown in words, by a method.
IN_WORDS = {
    *("status", "reject_reason", "fail_reason", "amount", "currency", "paid_amount", "paid_currency"),
    *("cancel_amount", "pay_method", "pg_provider", "sandbox", "gateway_merchant_uid", "receipt_url"),
    *("backlog_since", "backlog_code"),
}


class TransactionColumns:
    """For `list_display`, `readonly_fields` and fieldsets of whichever admin class."""

    @admin.display(description=pgettext_lazy("desk", "status"))
    def shown_status(self, transaction: AbstractTransaction) -> SafeString:
        return status_badge(transaction)

    @admin.display(description=pgettext_lazy("desk", "amount"))
    def shown_amount(self, transaction: AbstractTransaction) -> str:
        return amount_in_words(transaction.amount, transaction.currency)

    @admin.display(description=gettext_lazy("amount requested"))
    def shown_asked(self, transaction: AbstractTransaction) -> str:
        return amount_in_words(transaction.amount, transaction.currency)

    @admin.display(description=gettext_lazy("amount held"))
    def shown_held(self, transaction: AbstractTransaction) -> str:
        if transaction.paid_amount is None:
            return "–"
        return amount_in_words(transaction.held_amount, transaction.paid_currency)

    @admin.display(description=gettext_lazy("payment method"))
    def shown_pay_method(self, transaction: AbstractTransaction) -> str:
        return pay_method_in_words(transaction.pay_method) or "–"

    @admin.display(description=gettext_lazy("reason for rejection"))
    def shown_reject_reason(self, transaction: AbstractTransaction) -> str:
        return str(transaction.get_reject_reason_display()) or "–"

    @admin.display(description=gettext_lazy("reason for failure"))
    def shown_fail_reason(self, transaction: AbstractTransaction) -> str:
        return str(transaction.get_fail_reason_display()) or "–"

    @admin.display(description=gettext_lazy("amount paid"))
    def shown_paid(self, transaction: AbstractTransaction) -> str:
        if transaction.paid_amount is None:
            return "–"
        return amount_in_words(transaction.paid_amount, transaction.paid_currency)

    @admin.display(description=gettext_lazy("amount refunded"))
    def shown_refunded(self, transaction: AbstractTransaction) -> str:
        if not transaction.cancel_amount:
            return "–"
        return amount_in_words(transaction.cancel_amount, transaction.paid_currency)

    @admin.display(description=gettext_lazy("payment provider"))
    def shown_provider(self, transaction: AbstractTransaction) -> str:
        return provider_in_words(transaction.pg_provider) or "–"

    @admin.display(description=gettext_lazy("live or test"))
    def shown_channel(self, transaction: AbstractTransaction) -> str:
        return channel_in_words(transaction.sandbox)

    @admin.display(description=gettext_lazy("payment number at the gateway"))
    def shown_gateway_number(self, transaction: AbstractTransaction) -> str:
        return transaction.gateway_merchant_uid

    @admin.display(description=gettext_lazy("Sales slip"))
    def shown_receipt(self, transaction: AbstractTransaction) -> SafeString | str:
        return slip_link(transaction.receipt_url) or "–"

    @admin.display(description=gettext_lazy("updates waiting since"))
    def shown_backlog(self, transaction: AbstractTransaction) -> str:
        if transaction.backlog_since is None:
            return "–"
        return f"{desk_moment(transaction.backlog_since)} · {reason_in_words(transaction.backlog_code)}"


def slip_link(address: str) -> SafeString | str:
    """Where the payment provider shows what was paid or refunded; empty where it told no address."""
    if not address:
        return ""
    link = '<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>'
    return format_html(link, address, gettext("Sales slip"))
