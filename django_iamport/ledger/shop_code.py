"""Running the shop's own code (hooks, receivers), whose failure undoes what it was part of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django_iamport.exceptions import IamportError, ReceiverFailed, RejectPayment
from django_iamport.records.blocks import is_busy, require_committable
from django_iamport.rules.payment import StaleEvidence
from django_iamport.signals.monitoring import log

Result = TypeVar("Result")


class ShopCode:
    """Calls what the shop wrote while `merchant_uid` is stored in the database `using`."""

    def __init__(self, merchant_uid: str, using: str) -> None:
        self.merchant_uid, self.using = merchant_uid, using

    def call(self, code: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Raises `ReceiverFailed` where it failed, or caught a database error; its refusal, `RejectPayment`, is a
        decision. What the database calls busy is raised as it is, to be repeated."""
        try:
            result = code(*args, **kwargs)
        except RejectPayment:
            raise
        except Exception as error:
            if is_busy(error):
                raise
            raise failure(self.merchant_uid, error) from error
        require_committable(self.using, self.merchant_uid)
        return result


def typed(subject: str, step: Callable[[], Result]) -> Result:
    """Run a step in which our code and the shop's are mixed: every error is one of this package's.

    `RejectPayment` and `StaleEvidence` pass: they are not failures.
    """
    try:
        return step()
    except (IamportError, RejectPayment, StaleEvidence):
        raise
    except Exception as error:
        raise failure(subject, error) from error


def failure(subject: str, error: Exception) -> ReceiverFailed:
    """The error for the shop's code that failed; its traceback goes to the log, once."""
    log("shop_code_failed", error=error, subject=subject)
    return ReceiverFailed(f"{type(error).__name__} while {subject} was stored.")
