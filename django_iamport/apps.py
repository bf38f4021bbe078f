from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IamportConfig(AppConfig):
    name = "django_iamport"
    label = "django_iamport"
    verbose_name = _("Payments and refunds")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from django_iamport import access, checks  # noqa: F401

        user_logged_in.connect(access.join_account, dispatch_uid="iamport_join_account")
