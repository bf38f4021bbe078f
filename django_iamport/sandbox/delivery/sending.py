"""One webhook after the other, posted to the shop."""

import json
from collections.abc import Collection
from urllib.parse import urlencode

import requests

from ..rules import webhook_settings
from ..rules.webhook_settings import CONTENT_TYPES
from ..state.clock import Clock
from ..state.stores import Row, Store
from . import queue
from .outgoing import session_to
from .queue import Outcome

FIRST_SECONDS = (10, 30)
REPEAT_SECONDS = (5, 10)
LONGEST_BODY = 2000
"""Characters of the shop's answer that are kept."""


def deliver_due(
    store: Store, clock: Clock, *, early: bool = False, allowed_hosts: Collection[str] = ()
) -> list[Row]:
    """Send every webhook that is due (with `early`, all that wait), oldest first; answers them.

    `allowed_hosts` are called although they are neither on this machine nor in a private network.
    """
    sent = []
    while (row := queue.claim(store, clock.unix(), early=early)) is not None:
        outcome = _post(row, webhook_settings.read(store).content_type, allowed_hosts)
        queue.record_outcome(store, row, outcome, clock.unix())
        sent.append(row)
    return sent


def _post(row: Row, content_type: str, allowed_hosts: Collection[str]) -> Outcome:
    body = json.dumps(row["body"]) if content_type == "json" else urlencode(row["body"])
    row.update(content_type=CONTENT_TYPES[content_type], sent=body)
    with session_to(allowed_hosts) as session:
        try:
            response = session.post(
                row["url"],
                data=body.encode(),
                headers={"Content-Type": row["content_type"]},
                timeout=REPEAT_SECONDS if row.get("attempts") else FIRST_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Outcome(error=type(error).__name__)
        return Outcome(response.status_code, response.text[:LONGEST_BODY])
