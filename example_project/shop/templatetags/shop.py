from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from shop.models import Order, OrderTransaction

register = template.Library()


@register.filter
def won(amount: Decimal | int) -> str:
    return _("₩%(amount)s") % {"amount": f"{amount:,.0f}"}


@register.filter
def account(order: Order) -> OrderTransaction | None:
    """The transaction whose virtual account waits for the customer's deposit."""
    return next((each for each in order.transactions.all() if each.is_awaiting_deposit), None)
