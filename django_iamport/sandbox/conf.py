"""Settings of the sandbox, all optional where DEBUG is on."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .rules import Merchant
from .rules.channels import DEFAULTS, Channel, files

REFUSED = (
    "The Iamport sandbox accepts play money as if it were real. It does not run where DEBUG is off, "
    "unless IAMPORT_SANDBOX_ALLOWED is True."
)


def allowed() -> bool:
    return bool(settings.DEBUG or getattr(settings, "IAMPORT_SANDBOX_ALLOWED", False))


def merchant(receipt_url: str) -> Merchant:
    """The account that `IAMPORT_SANDBOX_*` describe; `receipt_url` is where sales slips are shown."""
    return Merchant(
        key=getattr(settings, "IAMPORT_SANDBOX_KEY", "sandbox-key"),
        secret=getattr(settings, "IAMPORT_SANDBOX_SECRET", "sandbox-secret"),
        merchant_code=getattr(settings, "IAMPORT_SANDBOX_MERCHANT_CODE", "imp00000000"),
        notice_url=getattr(settings, "IAMPORT_SANDBOX_NOTICE_URL", None),
        receipt_url=receipt_url,
        allowed_hosts=allowed_hosts(),
        channels=channels(),
        disputed_answers=getattr(settings, "IAMPORT_SANDBOX_ANSWERS", "recorded"),
        user_agent=getattr(settings, "IAMPORT_SANDBOX_WEBHOOK_USER_AGENT", "iamport-sandbox"),
        forwarded_for=getattr(settings, "IAMPORT_SANDBOX_WEBHOOK_FORWARDED_FOR", None),
    )


def channels() -> tuple[Channel, ...]:
    """Those that `IAMPORT_SANDBOX_CHANNELS` names, a file or what would stand in one; the usual ones without it.

    Raises ImproperlyConfigured, saying what is wrong.
    """
    configured: Any = getattr(settings, "IAMPORT_SANDBOX_CHANNELS", None)
    if not configured:
        return DEFAULTS
    try:
        if isinstance(configured, str | Path):
            file = Path(configured)
            return _of_file(file, file.stat().st_mtime_ns)
        return files.of_document(configured)
    except (OSError, ValueError) as problem:
        raise ImproperlyConfigured(f"IAMPORT_SANDBOX_CHANNELS: {problem}") from problem


@lru_cache(maxsize=4)
def _of_file(file: Path, changed_at: int) -> tuple[Channel, ...]:
    """Read once, and again after each change."""
    return files.load(file)


def allowed_hosts() -> tuple[str, ...]:
    """Hosts beside this machine's, whose pages may open windows and whose addresses are called."""
    return tuple(host.lower() for host in getattr(settings, "IAMPORT_SANDBOX_ALLOWED_HOSTS", ()))


def shop_name() -> str | None:
    """Who is paid, as the payment window says it; None: the host of the shop's page."""
    name: str | None = getattr(settings, "IAMPORT_SANDBOX_SHOP_NAME", None)
    return name


def ca_file() -> str | None:
    """The certificate of the authority that vouches for the sandbox's HTTPS; None where it speaks HTTP."""
    file: str | None = getattr(settings, "IAMPORT_SANDBOX_CA_FILE", None)
    return file
