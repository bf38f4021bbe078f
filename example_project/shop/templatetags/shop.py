from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def won(amount: Decimal | int) -> str:
    return _("₩%(amount)s") % {"amount": f"{amount:,.0f}"}
