from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """An offline Iamport for development: REST API, browser SDK, payment window and console."""

    name = "django_iamport.sandbox"
    label = "iamport_sandbox"
    verbose_name = "Iamport sandbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers itself)
