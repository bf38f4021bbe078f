"""Cards that customers save: one click pays the next order."""

from django.utils.translation import gettext_lazy as _

from django_iamport.contrib.billing.models import AbstractBillingKey


class BillingKey(AbstractBillingKey):
    # A plain `class Meta:` would drop the constraints, and the permission to delete a card.
    class Meta(AbstractBillingKey.Meta):
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
