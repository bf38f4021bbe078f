"""What the shop's page gets when the window closes: by callback, or by redirect on phones."""

from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from ...state.stores import Row
from ..refusals import Refusal
from .records import as_json

LEGACY = (
    "pay_method",
    "status",
    "name",
    "pg_provider",
    "emb_pg_provider",
    "pg_tid",
    "buyer_name",
    "buyer_email",
    "buyer_tel",
    "buyer_addr",
    "buyer_postcode",
    "custom_data",
    "paid_at",
    "receipt_url",
    "apply_num",
    "card_name",
    "card_number",
    "card_quota",
    "currency",
    "bank_name",
    "vbank_num",
    "vbank_name",
    "vbank_holder",
    "vbank_date",
)


def current(row: Row) -> dict[str, Any]:
    """`imp_uid` and `merchant_uid`; on failure `error_code` and `error_msg` beside them."""
    answer = {"imp_uid": row["imp_uid"], "merchant_uid": row["merchant_uid"]}
    if row["status"] == "failed":
        answer.update(error_code=row["error_code"], error_msg=row["fail_reason"])
    return answer


def legacy(row: Row) -> dict[str, Any]:
    """The shape of `iamport.payment-1.x.js`; its `success` is true for an unpaid virtual account as well."""
    document = as_json(row)
    success = row["status"] != "failed"
    answer = {name: document.get(name) for name in LEGACY}
    answer.update(current(row), success=success, imp_success=success, paid_amount=document.get("amount"))
    return answer


def refused(refusal: Refusal, merchant_uid: object) -> dict[str, Any]:
    """The callback where no window was opened: there is no `imp_uid`."""
    return {
        "imp_uid": None,
        "merchant_uid": merchant_uid,
        "error_code": str(refusal.code),
        "error_msg": refusal.text,
    }


def redirect_url(row: Row) -> str | None:
    """`m_redirect_url` with the result appended to its query; None where the shop gave no web address."""
    url = web_address(row["m_redirect_url"])
    if url is None:
        return None
    success = "true" if row["status"] != "failed" else "false"
    return appended(url, {**current(row), "imp_success": success})


def web_address(url: object) -> str | None:
    """The url where it is http or https: nothing else is ever followed."""
    return url if isinstance(url, str) and urlsplit(url).scheme in ("http", "https") else None


def appended(url: str, values: dict[str, Any]) -> str:
    parts = urlsplit(url)
    query = "&".join(part for part in (parts.query, urlencode(values, quote_via=quote)) if part)
    return urlunsplit(parts._replace(query=query))
