from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from django_iamport import access
from django_iamport.models import AbstractTransaction
from shop.models import Order

register = template.Library()


@register.filter
def won(amount: Decimal | int) -> str:
    return _("₩%(amount)s") % {"amount": f"{amount:,.0f}"}


@register.filter
def account(order: Order) -> AbstractTransaction | None:
    """The transaction whose virtual account waits for the customer's deposit."""
    return access.waiting_account(order)
