"""One webhook after the other, posted to the shop."""

import json
from urllib.parse import urlencode

import requests

from ..rules.ledger import Ledger
from ..rules.webhook_settings import CONTENT_TYPES
from ..state.stores import Row
from . import queue
from .outgoing import session_to
from .queue import Outcome

FIRST_SECONDS = (10, 30)
REPEAT_SECONDS = (5, 10)
LONGEST_BODY = 2000
"""Characters of the shop's answer that are kept."""


def deliver_due(ledger: Ledger, *, early: bool = False) -> list[Row]:
    """Send every webhook that is due (with `early`, all that wait), oldest first; answers them."""
    sent, store, clock = [], ledger.store, ledger.clock
    while (row := queue.claim(store, clock.unix(), early=early)) is not None:
        queue.record_outcome(store, row, _post(row, ledger), clock.unix())
        sent.append(row)
    return sent


def _post(row: Row, ledger: Ledger) -> Outcome:
    headers = ledger.headers_to_shop
    content_type = headers["Content-Type"]
    body = as_body(row["body"], content_type)
    row.update(content_type=content_type, sent=body)
    with session_to(ledger.merchant.called_hosts) as session:
        try:
            response = session.post(
                row["url"],
                data=body.encode(),
                headers=headers,
                timeout=REPEAT_SECONDS if row.get("attempts") else FIRST_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Outcome(error=type(error).__name__)
        return Outcome(response.status_code, response.text[:LONGEST_BODY])


def as_body(values: Row, content_type: str) -> str:
    """The values as one of `CONTENT_TYPES`."""
    return json.dumps(values) if content_type == CONTENT_TYPES["json"] else urlencode(values)
