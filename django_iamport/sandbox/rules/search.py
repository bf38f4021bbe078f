"""Which payments somebody looks for."""

from ..state.stores import Row, Value
from . import Account

STATUSES = ("ready", "paid", "failed", "cancelled")


def search(
    account: Account, *, status: str = "", text: str = "", page: int = 1, limit: int = 50
) -> tuple[int, list[Row]]:
    """How many payments there are of that status and number, and those of the page, the newest first.

    `text` is a whole `imp_uid` or `merchant_uid`; what is empty excludes nothing.
    """
    filters: dict[str, Value] = {}
    if status:
        filters["status"] = status
    if text:
        filters["imp_uid" if text.startswith("imp_") else "merchant_uid"] = text
    total = account.store.count("payment", None, **filters)
    return total, account.store.find("payment", "-started_at", (page - 1) * limit, limit, None, **filters)
