"""The confirm process: the shop is asked before the capture, and may refuse."""

import requests

from ..delivery.outgoing import session_to
from ..delivery.sending import as_body
from ..rules import Account
from ..rules.payments import records
from ..state.stores import Row

SECONDS = 10
UNKNOWN_REASON = "알 수 없음"
REFUSED = "고객사 요청에 의해 결제를 중단합니다. (상세사유 : {})"
MOST_SHOWN = 200


def refusal_of(account: Account, row: Row) -> str | None:
    """Why the shop refuses the payment, None where it agrees; no answer within `SECONDS` refuses too."""
    payment, headers = records.as_json(row), account.headers_to_shop
    body = {name: payment[name] for name in ("imp_uid", "merchant_uid", "amount")}
    with session_to(account.merchant.called_hosts) as session:
        try:
            response = session.post(
                row["confirm_url"],
                data=as_body(body, headers["Content-Type"]).encode(),
                headers=headers,
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
