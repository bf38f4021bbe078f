"""Webhooks, written together with the change they report; sending them is somebody else's work."""

import secrets
from collections.abc import Mapping
from typing import Any

from ..state.stores import Row, Store
from . import webhook_settings

KIND = "webhook"


def write(
    store: Store,
    payment: Row,
    *,
    account_url: str | None,
    now: int,
    cancellation_id: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """One row for each address: those of the payment, else the console's, else the account's.

    `more` are further fields of the body.
    """
    body = {name: payment[name] for name in ("imp_uid", "merchant_uid", "status")}
    if cancellation_id is not None:
        body["cancellation_id"] = cancellation_id
    body |= more or {}
    for url in _targets(payment["notice_url"] or webhook_settings.read(store).url or account_url):
        webhook = {
            "imp_uid": payment["imp_uid"],
            "merchant_uid": payment["merchant_uid"],
            "url": url,
            "body": body,
        }
        enqueue(store, webhook, now)


def enqueue(store: Store, webhook: Row, now: int, *, fault: str | None = None) -> Row:
    """Store a webhook that nobody has sent yet; `webhook` names its payment, `url` and `body`. Answers the row."""
    row = {
        **webhook,
        "key": secrets.token_hex(16),
        "status": "waiting",
        "started_at": now,
        "due_at": now,
        "sent_at": 0,
        "answer_status": None,
        "error": None,
        "attempts": [],
        "fault": fault,
    }
    store.put(KIND, row["key"], row)
    return row


def has_used_webhook(store: Store, imp_uid: str) -> bool:
    return store.count(KIND, imp_uid=imp_uid) > 0


def _targets(notice_url: object) -> list[str]:
    if isinstance(notice_url, str):
        return [notice_url]
    if isinstance(notice_url, list | tuple):
        return [url for url in notice_url if isinstance(url, str)]
    return []
