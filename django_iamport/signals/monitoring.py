"""What whoever watches a shop hears: its log, in which each event has a name, and a hook for its metrics.

docs/monitoring.md shows all of both.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from logging import ERROR, INFO, WARNING

from django.db import transaction
from django.utils.module_loading import import_string

from django_iamport import conf

ROOT = "django_iamport"

# By name, which is stable: the logger below ROOT, the level, and the line, of facts that are fields of the record.
EVENTS: Mapping[str, tuple[str, int, str]] = {
    "payment_rejected": (
        "payments",
        WARNING,
        "%(merchant_uid)s: payment %(imp_uid)s was rejected: %(reason)s (%(outcome)s)",
    ),
    "account_refused": (
        "payments",
        WARNING,
        "%(merchant_uid)s: the virtual account of %(imp_uid)s was refused: %(reason)s",
    ),
    "payment_contradicted": (
        "payments",
        ERROR,
        "%(merchant_uid)s: the gateway's answer is %(reason)s; nothing was changed",
    ),
    "second_payment_not_stored": (
        "payments",
        ERROR,
        "%(merchant_uid)s: a constraint refuses the row of %(imp_uid)s",
    ),
    "return_not_confirmed": (
        "payments",
        WARNING,
        "%(merchant_uid)s: what the customer came back with is not confirmed: %(reason)s",
    ),
    "confirm_failed": ("payments", ERROR, "The confirm process failed; the payment was refused."),
    "confirm_slow": (
        "payments",
        WARNING,
        "The confirm process took %(seconds).1f seconds; the gateway does not wait much longer.",
    ),
    "refund_postponed": ("refunds", WARNING, "%(merchant_uid)s: %(kind)s is postponed: %(reason)s"),
    "refund_not_carried_out": ("refunds", ERROR, "%(merchant_uid)s: can't %(kind)s: %(reason)s"),
    "operator_not_told": (
        "operators",
        ERROR,
        "%(merchant_uid)s: nobody could be told of %(reason)s; told again later",
    ),
    "webhook_not_queued": ("webhooks", ERROR, "%(merchant_uid)s: %(path)s could not take a webhook"),
    "request_failed": ("requests", WARNING, "%(reason)s: %(detail)s"),
    "order_form_not_storable": (
        "requests",
        WARNING,
        "the values of an order form can't be stored: %(kind)s",
    ),
    "session_value_left_out": (
        "requests",
        WARNING,
        "session[%(key)r] is stored without what can't be: %(kinds)s. %(advice)s",
    ),
    "order_not_joined": ("requests", ERROR, "%(subject)s could not join an account"),
    "budget_not_counted": ("requests", WARNING, "the cache that counts requests failed: %(kind)s"),
    "shop_code_failed": ("shop_code", ERROR, "%(subject)s: the shop's own code failed"),
    "transaction_not_ended": (
        "shop_code",
        ERROR,
        "%(subject)s: a database error was caught and its transaction not ended",
    ),
    "after_commit_failed": (
        "shop_code",
        ERROR,
        "%(subject)s was stored; a callback that waited for the commit failed",
    ),
    "sync_line": ("sync", INFO, "%(line)s"),
    "sync_row_failed": ("sync", ERROR, "%(subject)s: iamport_sync goes on without it"),
    "sync_row_not_left": ("sync", ERROR, "%(merchant_uid)s could not be left for the next run"),
    "row_not_erased": ("erasing", ERROR, "%(subject)s was not erased"),
    "card_not_charged": ("billing", WARNING, "%(merchant_uid)s: the card is not charged: %(reason)s"),
    "card_not_changed": ("billing", WARNING, "a card could not be changed: %(reason)s"),
    "renewal_line": ("subscriptions", INFO, "%(line)s"),
    "renewal_failed": ("subscriptions", ERROR, "%(subject)s: iamport_renew goes on without it"),
    "subscription_not_changed": (
        "subscriptions",
        WARNING,
        "%(subject)s: the subscription could not be changed: %(reason)s",
    ),
    "identity_not_deleted": (
        "identity",
        WARNING,
        "%(merchant_uid)s is not deleted at the gateway: %(reason)s",
    ),
    "identity_code_not_sent": (
        "identity",
        WARNING,
        "%(merchant_uid)s: no code is sent: %(reason)s",
    ),
    "cash_receipt_not_issued": (
        "cash_receipts",
        WARNING,
        "%(merchant_uid)s: no cash receipt: %(reason)s",
    ),
    "cash_receipt_postponed": (
        "cash_receipts",
        WARNING,
        "%(merchant_uid)s: the cash receipt is adjusted later: %(reason)s",
    ),
    "metrics_failed": ("metrics", ERROR, "IAMPORT_METRICS could not take %(metric)s"),
}

# What is counted and timed, by name: its kind and its tags.
METRICS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "iamport.history": ("counter", ("event", "source")),
    "iamport.log": ("counter", ("event",)),
    "iamport.gateway": ("timing", ("operation", "outcome")),
    "iamport.webhook": ("timing", ("outcome",)),
    "iamport.sync": ("timing", ("outcome",)),
}


def log(event: str, *, error: BaseException | bool | None = None, **facts: object) -> None:
    """Log an event of `EVENTS`; `error` is an exception, or `True` for the one that is being handled.

    Facts are ids, codes and names of classes: never what a person wrote, or is.
    """
    area, level, line = EVENTS[event]
    logger = logging.getLogger(f"{ROOT}.{area}")
    fields = {"event": event, **facts}
    logger.log(level, line, *([facts] if facts else []), exc_info=error, extra=fields, stacklevel=2)
    if event != "metrics_failed":
        count("iamport.log", event=event)


def say_of_sync(text: str) -> None:
    """What a run tells of its progress, where its caller doesn't want to hear it."""
    log("sync_line", line=text)


def say_of_renewals(text: str) -> None:
    log("renewal_line", line=text)


def count(metric: str, **tags: str) -> None:
    """One more, for the shop's metrics."""
    if is_measured():
        _tell(metric, 1, tags)


def count_once_committed(metric: str, using: str, **tags: str) -> None:
    if is_measured():
        transaction.on_commit(partial(_tell, metric, 1, tags), using=using)


@contextmanager
def timed(metric: str) -> Iterator[dict[str, str]]:
    """Measure a block in seconds; the tag `outcome`, unless it is set, is `ok` or the code of the error."""
    tags: dict[str, str] = {}
    if not is_measured():
        yield tags
        return
    began = time.monotonic()
    try:
        yield tags
    except Exception as error:
        tags["outcome"] = getattr(error, "code", "failed")
        raise
    finally:
        _tell(metric, time.monotonic() - began, {"outcome": "ok", **tags})


def is_measured() -> bool:
    return bool(conf.get("IAMPORT_METRICS"))


def measure_call(operation: str, outcome: str, seconds: float) -> None:
    """Of the gateway: as its client tells it."""
    _tell("iamport.gateway", seconds, {"operation": operation, "outcome": outcome})


def _tell(metric: str, value: float, tags: Mapping[str, str]) -> None:
    """The shop's hook; whatever it raises is logged, and changes nothing."""
    path = conf.get("IAMPORT_METRICS")
    if not path:
        return
    kind, _tags = METRICS[metric]
    try:
        import_string(path)(kind, metric, value, dict(tags))
    except Exception:  # noqa: BLE001 - a shop's own code
        log("metrics_failed", error=True, metric=metric)
