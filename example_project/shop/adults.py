"""Rice wine is sold to adults alone: who was verified, and what an order of it demands before it is paid."""

from django.db import models

from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification
from django_iamport.exceptions import RejectPayment


class IdentityVerification(AbstractIdentityVerification):
    """An age band and a keyed hash of the person; this shop wants to know nothing more."""

    class Meta(AbstractIdentityVerification.Meta):
        pass


class AdultsMixin(models.Model):
    """An order that knows which verification it was made with."""

    identity = models.ForeignKey(IdentityVerification, models.SET_NULL, null=True, editable=False)

    class Meta:
        abstract = True

    def require_adult(self, items: models.QuerySet) -> None:
        # Whatever page it is paid from. For alcohol the law asks for the year in which one turns 19.
        is_adult = self.identity is not None and self.identity.is_adult
        if not is_adult and items.filter(product__is_for_adults=True).exists():
            raise RejectPayment("not_an_adult")
