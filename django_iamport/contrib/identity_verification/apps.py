from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityVerificationConfig(AppConfig):
    name = "django_iamport.contrib.identity_verification"
    label = "iamport_identity_verification"
    verbose_name = _("Iamport identity verification")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401
