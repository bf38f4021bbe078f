"""The confirm process: the shop is asked before the capture, and may refuse."""

import json
from collections.abc import Collection
from urllib.parse import urlencode

import requests

from ..delivery.outgoing import session_to
from ..rules.payments import records
from ..rules.webhook_settings import CONTENT_TYPES
from ..state.stores import Row

SECONDS = 10
UNKNOWN_REASON = "알 수 없음"
REFUSED = "고객사 요청에 의해 결제를 중단합니다. (상세사유 : {})"
MOST_SHOWN = 200


def refusal_of(row: Row, content_type: str, allowed_hosts: Collection[str] = ()) -> str | None:
    """Why the shop refuses the payment, None where it agrees; no answer within `SECONDS` refuses too.

    `allowed_hosts` are asked although they are neither on this machine nor in a private network.
    """
    payment = records.as_json(row)
    body = {name: payment[name] for name in ("imp_uid", "merchant_uid", "amount")}
    with session_to(allowed_hosts) as session:
        try:
            response = session.post(
                row["confirm_url"],
                data=(json.dumps(body) if content_type == "json" else urlencode(body)).encode(),
                headers={"Content-Type": CONTENT_TYPES[content_type]},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException:
            return REFUSED.format(UNKNOWN_REASON)
    return None if response.status_code == 200 else REFUSED.format(_reason(response))


def _reason(response: requests.Response) -> str:
    try:
        reason = response.json().get("reason")
    except (ValueError, AttributeError, RecursionError):
        reason = None
    return str(reason)[:MOST_SHOWN] if reason else UNKNOWN_REASON
