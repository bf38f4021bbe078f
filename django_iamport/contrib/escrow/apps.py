from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class EscrowConfig(AppConfig):
    name = "django_iamport.contrib.escrow"
    label = "iamport_escrow"
    verbose_name = pgettext_lazy("app", "Escrow")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.ledger import erasable
        from django_iamport.reconciliation import further
        from django_iamport.records import history
        from django_iamport.webhooks import events

        from . import checks, erasing, hearing, settling  # noqa: F401

        history.add_events(
            ("delivery_sent", _("delivery sent to the gateway")),
            ("delivery_registered", _("delivery registered")),
            ("delivery_changed", _("delivery changed")),
            ("delivery_refused", _("delivery not registered")),
            ("delivery_unknown", _("delivery: outcome unknown")),
            ("escrow_changed", _("escrow status changed")),
        )
        further.PARTS["deliveries"] = settling.go_on
        erasable.register(erasing.DELIVERIES)
        events.listen(hearing.EVENT, hearing.hear)
