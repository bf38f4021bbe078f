"""Where something is sent: of an order, and of a subscription."""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

PHONE = RegexValidator(r"^0[\d -]{8,14}$", _("Enter a phone number, for example 010-1234-5678."))


class Delivery(models.Model):
    """Where something is sent."""

    recipient = models.CharField(_("Name"), max_length=40)
    email = models.EmailField(_("E-mail"))
    phone = models.CharField(_("Phone"), max_length=20, validators=[PHONE])
    postcode = models.CharField(
        _("Postal code"), max_length=5, validators=[RegexValidator(r"^\d{5}$", _("Enter the five digits."))]
    )
    address = models.CharField(_("Address"), max_length=200)

    class Meta:
        abstract = True

    @property
    def delivery(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in Delivery._meta.fields}
