"""The account's books: its payments, changed one at a time, each change with the webhooks that report it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from ..state.clock import Clock, StoppedClock
from ..state.stores import Row, Store
from . import outbox, switches, webhook_settings
from .channels import DEFAULTS, Catalog, Channel, kept
from .refusals import unknown_payment
from .switches import Switches


@dataclass(frozen=True)
class Merchant:
    """`notice_url` receives the webhooks of payments that name no address of their own.

    `receipt_url` is the address under which sales slips are shown; the `imp_uid` is appended.
    `disputed_answers` is what that switch says until somebody switches it. `allowed_hosts` may be called although
    they are neither on this machine nor in a private network. `user_agent` and `forwarded_for` are what requests
    to the shop carry, and `channels` the account's, until somebody changes them.
    """

    key: str = "sandbox-key"
    secret: str = field(default="sandbox-secret", repr=False)
    merchant_code: str = "imp00000000"
    notice_url: str | None = None
    receipt_url: str = "https://receipt.invalid/"
    disputed_answers: str = "recorded"
    allowed_hosts: tuple[str, ...] = ()
    user_agent: str = "iamport-sandbox"
    forwarded_for: str | None = None
    channels: tuple[Channel, ...] = DEFAULTS

    @property
    def called_hosts(self) -> tuple[str, ...]:
        """Those of `allowed_hosts`, and that of the operator's own `notice_url`."""
        own = urlsplit(self.notice_url or "").hostname
        return (*self.allowed_hosts, own) if own else self.allowed_hosts


class Ledger:
    """What every subject of the rules stands on: store, clock and account."""

    def __init__(self, store: Store, clock: Clock, merchant: Merchant) -> None:
        self.store = store
        self.clock = clock
        self.merchant = merchant

    def at(self, moment: int, receipt_url: str) -> "Ledger":
        """The same books at a moment (unix seconds) at which something happens by itself.

        `receipt_url` is where sales slips were shown to whom planned it: no request says it then.
        """
        merchant = replace(self.merchant, receipt_url=receipt_url)
        return Ledger(self.store, StoppedClock(moment), merchant)

    @property
    def switches(self) -> Switches:
        """Where the real gateway is known to answer either way."""
        return switches.read(self.store, disputed_answers=self.merchant.disputed_answers)

    @property
    def headers_to_shop(self) -> dict[str, str]:
        """What webhooks and the confirm process carry, as a shop may filter by it."""
        chosen = webhook_settings.read(self.store)
        headers = {
            "Content-Type": webhook_settings.CONTENT_TYPES[chosen.content_type],
            "User-Agent": chosen.user_agent or self.merchant.user_agent,
        }
        forwarded_for = chosen.forwarded_for or self.merchant.forwarded_for
        return {**headers, "X-Forwarded-For": forwarded_for} if forwarded_for else headers

    @property
    def channels(self) -> Catalog:
        """The account's contracts with payment companies."""
        return kept.read(self.store, self.merchant.channels)

    @property
    def answers_as_described(self) -> bool:
        """Whether the description counts where official clients have seen otherwise."""
        return self.switches.disputed_answers == "described"

    def stored(self, imp_uid: str) -> Row:
        """The payment with what is kept beside it: `window_key`, `origin`, `m_redirect_url`, `notice_url`."""
        row = self.store.get("payment", imp_uid)
        if row is None:
            raise unknown_payment()
        return row

    @contextmanager
    def change(self, imp_uid: str) -> Iterator[Row]:
        """The payment to be changed; written when the block ends, unless it raises."""
        with self.store.exclusive():
            row = self.stored(imp_uid)
            yield row
            self.write(row)

    def write(self, row: Row) -> None:
        row["updated_at"] = self.clock.unix()
        row["status_at"] = row[f"{'started' if row['status'] == 'ready' else row['status']}_at"]
        self.store.put("payment", row["imp_uid"], row)

    def write_webhooks(
        self, row: Row, cancellation_id: str | None = None, more: Mapping[str, Any] | None = None
    ) -> None:
        """Write the webhooks for what just happened to the payment; `more` are further fields of their body."""
        outbox.write(
            self.store,
            row,
            account_url=self.merchant.notice_url,
            now=self.clock.unix(),
            cancellation_id=cancellation_id,
            more=more,
        )
