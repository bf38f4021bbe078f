from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class BillingConfig(AppConfig):
    name = "django_iamport.contrib.billing"
    label = "iamport_billing"
    verbose_name = pgettext_lazy("app", "Saved cards")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.ledger import erasable
        from django_iamport.webhooks import events

        from . import checks, erasing, sweeping  # noqa: F401

        events.take("billing_keys", sweeping.hear)
        erasable.register(erasing.SAVED_CARDS)
