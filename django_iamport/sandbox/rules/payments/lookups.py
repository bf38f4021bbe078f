"""Payments found again: by `merchant_uid`, status and window of time."""

from collections.abc import Collection
from dataclasses import dataclass

from ...state.stores import Row, Span, Store

DAYS_AT_ONCE = 90

SORTINGS = {
    word: f"{sign}{name}_at"
    for name in ("started", "paid", "updated")
    for sign, word in (("", name), ("-", f"-{name}"))
}


@dataclass(frozen=True)
class Lookup:
    """Which payments, and in which order; `sorting` is one of `SORTINGS`.

    `window` holds the first and the last moment (unix seconds) at which a payment's present status began.
    """

    merchant_uid: str | None = None
    status: str | None = None
    sorting: str = "-started"
    window: tuple[int, int] | None = None

    def page(self, store: Store, start: int = 0, limit: int | None = None) -> list[Row]:
        return store.find("payment", SORTINGS[self.sorting], start, limit, within=self._within, **self._names)

    def count(self, store: Store) -> int:
        return store.count("payment", within=self._within, **self._names)

    @property
    def _within(self) -> Span | None:
        return None if self.window is None else Span("status_at", *self.window)

    @property
    def _names(self) -> dict[str, str]:
        names = {"merchant_uid": self.merchant_uid, "status": self.status}
        return {name: value for name, value in names.items() if value is not None}


def find_many(store: Store, imp_uids: Collection[str], merchant_uids: Collection[str]) -> list[Row]:
    """Those that are known, in the order of the ids; of each `merchant_uid` the one that began last."""
    by_imp_uid = {row["imp_uid"]: row for row in store.find("payment", imp_uid=imp_uids)}
    newest: dict[str, Row] = {}
    for row in store.find("payment", merchant_uid=merchant_uids):
        newest.setdefault(row["merchant_uid"], row)
    found = [*map(by_imp_uid.get, imp_uids), *map(newest.get, merchant_uids)]
    return [row for row in found if row is not None]
