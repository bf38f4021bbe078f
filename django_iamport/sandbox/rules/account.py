"""One account at the gateway: everything that can happen to its payments."""

import hmac
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from ..state.stores import Row
from . import money, outbox, switches, timetable, tokens
from .billing import billing_keys, cards, late_approvals, refunds
from .ledger import Ledger
from .naver import product_orders
from .payments import lookups, prepare, promotions, records, vbanks, window
from .payments.cancels import CancelRequest
from .payments.lookups import Lookup
from .payments.records import Document
from .refusals import (
    CONSOLE_CANCEL,
    NO_KEY,
    NO_MERCHANT,
    NOTHING_TO_CANCEL,
    WINDOW_OVER,
    WRONG_KEY,
    Refusal,
    not_cancelled,
    not_opened,
    unauthorized,
    unknown_payment,
)
from .switches import Switches


class Account(Ledger):
    """The rules over a store; every change is exclusive and writes its webhooks in the same step."""

    # The payment window

    def open_window(
        self,
        params: Mapping[str, Any],
        *,
        merchant_code: str | None = None,
        device: str = "pc",
        user_agent: str | None = None,
        origin: str | None = None,
        enforce: bool = True,
    ) -> Document:
        """Show the window for the parameters of `request_pay`; answers the payment, `ready`.

        `origin` is that of the shop's page, which gets the result.
        `enforce=False` leaves out the checks of prepared amount and paid `merchant_uid`.
        Raises Refusal where no window opens.
        """
        if merchant_code is not None and merchant_code != self.merchant.merchant_code:
            raise not_opened(NO_MERCHANT)
        now = self.clock.now()
        request = window.read_request(params, self.channels, now)
        with self.store.exclusive():
            if enforce:
                window.enforce(self.store, request)
            row = window.open_payment(request, now)
            row.update(channel=device, user_agent=user_agent, origin=origin)
            self.write(row)
        return records.as_json(row)

    def approve(self, imp_uid: str, **facts: Any) -> Document:
        """Capture; `facts` are `pay_method`, `card_code`, `card_quota`, `bank_code`."""
        with self.change(imp_uid) as row:
            self._capture(row, **facts)
        return records.as_json(row)

    def pay_by_card(self, imp_uid: str, card_number: str, expiry: str, *, card_quota: int = 0) -> Document:
        """The buyer types a card into the window; test cards (`cards.TEST_CARDS`) are declined as they say."""
        now = self.clock.unix()
        with self.change(imp_uid) as row:
            try:
                card = cards.read(card_number, expiry, None, None, self.clock.now())
            except ValueError as invalid:
                window.decline(row, now, str(invalid))
                return records.as_json(row)
            row.update(card.facts, pay_method="card", card_quota=card_quota, test_number=card.test_number)
            takes_money = row["key_charges"] or not row["customer_uid"]
            charged = money.of(row["amount"]) if takes_money else None
            reason = cards.decline(self.store, card.kept, charged, now) if charged else None
            if reason is None:
                self._capture(row, card_quota=card_quota)
            else:
                window.decline(row, now, reason)
                if cards.is_late(card.kept):
                    late_approvals.plan(self, imp_uid, now + cards.LATE_SECONDS)
        return records.as_json(row)

    def decline(self, imp_uid: str, reason: str | None = None) -> Document:
        with self.change(imp_uid) as row:
            window.decline(row, self.clock.unix(), reason)
        return records.as_json(row)

    def promote(self, imp_uid: str, discount: Decimal, minimum: Decimal = Decimal(0)) -> Document:
        """A promotion takes `discount` off the open window's amount, while `minimum` of the order is left."""
        with self.change(imp_uid) as row:
            if row["paid_at"]:
                raise Refusal(1, WINDOW_OVER)
            promotions.give(row, discount, minimum, self.switches)
        return records.as_json(row)

    def close(self, imp_uid: str) -> Document:
        with self.change(imp_uid) as row:
            window.close(row, self.clock.unix())
        return records.as_json(row)

    def issue_vbank(self, imp_uid: str, bank_code: str = "088") -> Document:
        with self.change(imp_uid) as row:
            if row["status"] != "ready" or vbanks.is_waiting(row):
                raise Refusal(1, WINDOW_OVER)
            vbanks.issue(row, bank_code, self.clock.unix())
            row["receipt_url"] = f"{self.merchant.receipt_url}{imp_uid}"
            self.write_webhooks(row)
        return records.as_json(row)

    # Bank and console

    def deposit(self, imp_uid: str, amount: Decimal | None = None) -> Document:
        """Money arrives in a virtual account; None is the asked sum."""
        with self.change(imp_uid) as row:
            vbanks.deposit(row, amount, self.clock.unix())
            row["receipt_url"] = f"{self.merchant.receipt_url}{imp_uid}"
            product_orders.begin(self, row)
            self.write_webhooks(row)
        return records.as_json(row)

    def cancel_in_console(
        self, imp_uid: str, amount: Decimal | None = None, reason: str = CONSOLE_CANCEL
    ) -> Document:
        """The shop's operator refunds in the gateway's console, which always sends a webhook."""
        with self.change(imp_uid) as row:
            request = CancelRequest(amount, reason=reason, in_console=True)
            cancellation_id = self._refund(row, request)
            self.write_webhooks(row, cancellation_id)
        return records.as_json(row)

    def payments(self, start: int = 0, limit: int = 50) -> list[Row]:
        """The newest first, as stored."""
        return self.store.find("payment", start=start, limit=limit)

    def webhooks(self, imp_uid: str | None = None) -> list[Row]:
        """The outbox, oldest first."""
        if imp_uid is None:
            return self.store.find(outbox.KIND, sort="started_at")
        return self.store.find(outbox.KIND, sort="started_at", imp_uid=imp_uid)

    def delete_key(self, customer_uid: str) -> None:
        """The billing key is deleted at the payment company; Refusal where there is none."""
        with self.store.exclusive():
            billing_keys.delete(self.store, customer_uid)

    def edit(self, imp_uid: str, fields: Mapping[str, Any], without: Iterable[str] = ()) -> None:
        """Let lookups answer other values than the rules would, or leave keys out."""
        with self.change(imp_uid) as row:
            row["edited"] = {**row.get("edited", {}), **fields}
            row["left_out"] = [*row.get("left_out", []), *without]

    def switch(self, **changes: str) -> Switches:
        """Change some of `Switches`; ValueError for words that they don't know."""
        with self.store.exclusive():
            switches.change(self.store, **changes)
        return self.switches

    # Time

    def move_clock(self, seconds: float) -> None:
        """Let time pass, with everything that was to happen meanwhile. ValueError for less than nothing."""
        self.clock.move(seconds)
        self.catch_up()

    def catch_up(self) -> None:
        """Let happen what is due, one after the other, each at its own moment."""
        while timetable.has_due(self):
            timetable.run_next(self)

    # REST

    def token(self, key: object, secret: object) -> tokens.Token:
        if not (key and secret):
            raise Refusal(-1, NO_KEY, 401)
        given = f"{key}\0{secret}".encode()
        expected = f"{self.merchant.key}\0{self.merchant.secret}".encode()
        if not hmac.compare_digest(given, expected):
            raise Refusal(-1, WRONG_KEY, 401)
        with self.store.exclusive():
            return tokens.issue(self.store, self.clock.unix())

    def require_token(self, authorization: str) -> None:
        if not tokens.is_valid(self.store, self.clock.unix(), authorization):
            raise unauthorized()

    def payment(self, imp_uid: str, *, include_sandbox: bool = True) -> Document:
        """By `imp_uid`; payments of the test channel are hidden unless they are asked for."""
        row = self.stored(imp_uid)
        if row["sandbox"] and not include_sandbox:
            raise unknown_payment()
        return records.as_json(row)

    def find_many(self, imp_uids: Collection[str], merchant_uids: Collection[str]) -> list[Document]:
        """Those that are known; of each `merchant_uid` the one that began last."""
        return [records.as_json(row) for row in lookups.find_many(self.store, imp_uids, merchant_uids)]

    def find_first(
        self, merchant_uid: str, *, status: str | None = None, sorting: str = "-started"
    ) -> Document:
        """The first by `sorting`; older ones hide behind it."""
        rows = Lookup(merchant_uid, status, sorting).page(self.store, limit=1)
        if not rows:
            raise unknown_payment()
        return records.as_json(rows[0])

    def page(self, lookup: Lookup, start: int, limit: int) -> tuple[int, list[Document]]:
        """How many there are, and those from `start` on."""
        rows = lookup.page(self.store, start, limit)
        return lookup.count(self.store), [records.as_json(row) for row in rows]

    def prepare_create(self, merchant_uid: str, amount: Decimal, currency: str | None) -> Row:
        with self.store.exclusive():
            return prepare.as_json(prepare.create(self.store, merchant_uid, amount, currency))

    def prepare_change(self, merchant_uid: str, amount: Decimal, currency: str | None) -> Row:
        with self.store.exclusive():
            return prepare.as_json(prepare.change(self.store, merchant_uid, amount, currency))

    def prepare_read(self, merchant_uid: str) -> Row:
        return prepare.as_json(prepare.read(self.store, merchant_uid))

    def cancel(
        self, imp_uid: str | None, merchant_uid: str | None, request: CancelRequest, *, enable_webhook: bool
    ) -> Document:
        """`imp_uid` wins over `merchant_uid`, which means the payment under it that was captured."""
        with self.store.exclusive():
            row = self._to_cancel(imp_uid, merchant_uid)
            cancellation_id = self._refund(row, request)
            self.write(row)
            if enable_webhook and outbox.has_used_webhook(self.store, row["imp_uid"]):
                self.write_webhooks(row, cancellation_id)
        return records.as_json(row)

    def void(self, imp_uid: str) -> Document:
        with self.change(imp_uid) as row:
            vbanks.void(row, self.clock.unix())
        return records.as_json(row)

    def _capture(self, row: Row, **facts: Any) -> None:
        window.approve(row, self.clock.unix(), **facts)
        row["receipt_url"] = f"{self.merchant.receipt_url}{row['imp_uid']}"
        product_orders.begin(self, row)
        if row["customer_uid_usage"] == "issue":
            billing_keys.issue_in_window(self.store, row, self.clock.unix())
        self.write_webhooks(row)

    def _refund(self, row: Row, request: CancelRequest) -> str:
        product_orders.cancel_whole(self, row, request)
        return refunds.refund(self, row, request)

    def _to_cancel(self, imp_uid: str | None, merchant_uid: str | None) -> Row:
        if imp_uid:
            row = self.store.get("payment", imp_uid)
        else:
            under = self.store.find("payment", merchant_uid=merchant_uid or "")
            row = next((payment for payment in under if payment["paid_at"]), None)
        if row is None:
            raise not_cancelled(NOTHING_TO_CANCEL)
        return row
