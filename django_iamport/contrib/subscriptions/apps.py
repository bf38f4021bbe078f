from django.apps import AppConfig
from django.core import checks
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    name = "django_iamport.contrib.subscriptions"
    label = "iamport_subscriptions"
    verbose_name = _("Iamport subscriptions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.ledger import erasable

        from . import erasing, receivers
        from .checks import check_models

        erasable.register(erasing.SUBSCRIPTIONS)
        receivers.connect()
        checks.register(check_models)
