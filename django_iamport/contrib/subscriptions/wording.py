"""Plans and reasons as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from django_iamport.contrib.billing import exceptions as billing
from django_iamport.formatting import amount_in_words

from .exceptions import CardMissing
from .rules import CANCELLED, ERASED, MISSED, UNPAID, Unit

# Of what the package itself writes; other reasons are in the card company's words, or the shop's own.
REASONS: Mapping[str, str | Promise] = {
    CANCELLED: pgettext_lazy("subscription", "Cancelled."),
    UNPAID: _("Nobody paid in time."),
    MISSED: _("The period was over before it could be charged."),
    ERASED: _("Personal data was erased."),
    "order_closed": _("The shop withdrew the order."),
    "not_payable": _("There was nothing that could be charged."),
    **{
        error.code: vars(error)["message"].text
        for error in (
            *(CardMissing, billing.ChargeDeclined),
            *(billing.BillingKeyForeign, billing.BillingKeyGone, billing.BillingKeyNotIssued),
        )
    },
}


def reason_in_words(reason: str) -> str:
    return str(REASONS.get(reason, reason))


EACH: Mapping[str, str | Promise] = {
    Unit.DAY.value: _("every day"),
    Unit.WEEK.value: _("every week"),
    Unit.MONTH.value: _("every month"),
    Unit.YEAR.value: _("every year"),
}
EACH_FEW: Mapping[str, str | Promise] = {
    Unit.DAY.value: _("every %(count)d days"),
    Unit.WEEK.value: _("every %(count)d weeks"),
    Unit.MONTH.value: _("every %(count)d months"),
    Unit.YEAR.value: _("every %(count)d years"),
}


def period_in_words(unit: str, every: int) -> str:
    """`every month`, `every 3 months`."""
    return str(EACH[unit]) if every == 1 else str(EACH_FEW[unit]) % {"count": every}


def plan_in_words(amount: Decimal, currency: str, unit: str, every: int) -> str:
    """`₩19,000 every month`."""
    told = {"amount": amount_in_words(amount, currency), "period": period_in_words(unit, every)}
    return pgettext("plan", "%(amount)s %(period)s") % told
