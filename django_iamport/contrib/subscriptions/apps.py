from django.apps import AppConfig
from django.core import checks
from django.utils.translation import pgettext_lazy


class SubscriptionsConfig(AppConfig):
    name = "django_iamport.contrib.subscriptions"
    label = "iamport_subscriptions"
    verbose_name = pgettext_lazy("app", "Subscriptions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.exceptions import texts
        from django_iamport.ledger import erasable

        from . import erasing, receivers, wording
        from .checks import check_models

        texts.add_reasons(wording.OF_PAYMENTS)
        erasable.register(erasing.SUBSCRIPTIONS)
        receivers.connect()
        checks.register(check_models)
