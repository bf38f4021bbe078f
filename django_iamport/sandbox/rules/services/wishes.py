"""Naver Pay's wish list: what `IMP.naver_zzim` hands over of a product."""

import secrets
from collections.abc import Mapping
from typing import Any

from ...state.stores import Row, Store
from ..channels import Catalog
from ..payments.callbacks import web_address
from ..payments.records import text
from ..refusals import NO_ORDERS, WRONG_PARAMETER, not_opened

KIND = "wish"
ORDERS = "naverco"
NEEDED = ("id", "name", "url")
MOST = 100


def keep(store: Store, channels: Catalog, params: Mapping[str, Any], now: int) -> Row:
    """What the buyer put on the list, under the key of the window that shows it.

    Raises Refusal without a channel for orders, and for products that lack id, name or url.
    """
    if not any(channel.pg_provider == ORDERS for channel in channels):
        raise not_opened(NO_ORDERS)
    products = params.get("naverProducts")
    if not isinstance(products, list) or not 0 < len(products) <= MOST:
        raise not_opened(f"{WRONG_PARAMETER} (naverProducts)")
    row: Row = {
        "key": secrets.token_urlsafe(24),
        "products": [_product(each) for each in products],
        "started_at": now,
    }
    with store.exclusive():
        store.put(KIND, row["key"], row)
    return row


def _product(values: Any) -> dict[str, str | None]:
    given = values if isinstance(values, Mapping) else {}
    product = {name: text(given.get(name)) for name in ("id", "name", "desc", "uprice")}
    product["url"] = web_address(given.get("url"))
    if missing := [name for name in NEEDED if not product[name]]:
        raise not_opened(f"{WRONG_PARAMETER} (naverProducts.{missing[0]})")
    return product
