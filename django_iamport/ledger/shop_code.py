"""Running the shop's own code (hooks, receivers) while news is posted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError

from django_iamport.exceptions import ReceiverFailed, RejectPayment

logger = logging.getLogger("django_iamport")

Result = TypeVar("Result")


def call(merchant_uid: str, code: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    """The shop's failure undoes the posting (`ReceiverFailed`); its refusal, `RejectPayment`, is a decision."""
    try:
        return code(*args, **kwargs)
    except (RejectPayment, OperationalError):
        raise
    except Exception as error:
        logger.exception("%s: the shop's own code failed", merchant_uid)
        raise ReceiverFailed(f"{type(error).__name__} while {merchant_uid} was stored.") from error
