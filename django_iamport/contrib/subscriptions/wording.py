"""Plans and reasons as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from django_iamport.contrib.billing import exceptions as billing
from django_iamport.exceptions import texts
from django_iamport.formatting import amount_in_words
from django_iamport.models.registry import transaction_model_of

from . import exceptions
from .rules import CANCELLED, ERASED, MISSED, PERIOD_OVER, UNPAID, Unit


def texts_of(errors: Iterable[Any]) -> Iterator[tuple[str, Promise]]:
    return ((error.code, vars(error)["message"].text) for error in errors)


# Of what the package itself writes; other reasons are in the card company's words, or the shop's own.
REASONS: Mapping[str, str | Promise] = {
    CANCELLED: pgettext_lazy("subscription", "Cancelled."),
    UNPAID: _("It was not paid in time."),
    MISSED: _("The period was over before it could be charged."),
    ERASED: _("Personal data was erased."),
    "order_closed": _("The shop withdrew the order."),
    "not_payable": _("There was nothing to charge."),
    **{
        code: text
        for module in (billing, exceptions)
        for code, text in texts_of(vars(module)[name] for name in module.__all__)
    },
}


# Of a transaction that came for a period which takes no money any more.
OF_PAYMENTS: Mapping[str, str | Promise] = {
    PERIOD_OVER: _("The subscription’s period could no longer be paid."),
}


def reason_in_words(reason: str, orders: type[Model] | None = None) -> str:
    """`orders` is the model of the orders that it may have been refused for, by a reason of the shop's own."""
    if reason in REASONS or not reason:
        return str(REASONS.get(reason, ""))
    shops = transaction_model_of(orders).REJECT_REASONS if orders else {}
    return str(shops.get(reason) or texts.reason_in_words(reason))


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
