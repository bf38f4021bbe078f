"""Whether a shop is set up right: Django's system checks, and (`live`) what `iamport_check` asks the gateway."""

from .deployment import check_deployment
from .models import check_models
from .rows import check_rows
from .settings import check_settings
from .urls import check_urls

__all__ = ["check_deployment", "check_models", "check_rows", "check_settings", "check_urls"]
