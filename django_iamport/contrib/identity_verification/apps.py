from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class IdentityVerificationConfig(AppConfig):
    name = "django_iamport.contrib.identity_verification"
    label = "iamport_identity_verification"
    verbose_name = pgettext_lazy("app", "Identity verification")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django_iamport.ledger import erasable
        from django_iamport.records import history

        from . import checks, erasing  # noqa: F401

        history.add_events(
            ("identity_certified", _("identity verified")),
            ("identity_rejected", _("identity not accepted")),
            ("identity_deleted", _("identity deleted at the gateway")),
        )
        erasable.register(erasing.VERIFICATIONS)
