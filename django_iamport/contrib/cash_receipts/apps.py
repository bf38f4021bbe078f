from django.apps import AppConfig
from django.utils.translation import pgettext_lazy


class CashReceiptsConfig(AppConfig):
    name = "django_iamport.contrib.cash_receipts"
    label = "iamport_cash_receipts"
    verbose_name = pgettext_lazy("app", "Cash receipts")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.ledger import erasable

        from . import checks, erasing, receivers  # noqa: F401

        erasable.register(erasing.CASH_RECEIPTS)
