"""An account at a gateway that lives in the test's memory."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.test import Client as DjangoClient
from django.test.utils import override_settings
from django.urls import reverse

from .. import conf
from ..gateway import connection
from ..sandbox.api import GROUPS, OPERATIONS
from ..sandbox.delivery import faults, queue
from ..sandbox.delivery.queue import Outcome
from ..sandbox.rules import Account, Merchant, outbox
from ..sandbox.rules.channels import kept
from ..sandbox.state.clock import Clock
from ..sandbox.state.stores import MemoryStore
from .adapter import Adapter
from .buyer import Buyer


class Sandbox(Buyer):
    """An account at the offline gateway, answering the requests of `django_iamport` while it is open.

    It overrides `IAMPORT_API_URL`, `IAMPORT_KEY`, `IAMPORT_SECRET` and `IAMPORT_MERCHANT_CODE`.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.base_url = f"http://{secrets.token_hex(8)}.invalid"
        # An address, so that webhooks are written for payments that name none; nothing is sent to it.
        merchant = Merchant(notice_url=f"{self.base_url}/shop/webhook")
        self.account = Account(MemoryStore(), self.clock, merchant)
        self._adapter = Adapter(self.account)
        self._settings = override_settings(
            IAMPORT_API_URL=self.base_url,
            IAMPORT_KEY=merchant.key,
            IAMPORT_SECRET=merchant.secret,
            IAMPORT_MERCHANT_CODE=merchant.merchant_code,
        )

    def start(self) -> None:
        """Answer from now on; for test classes that can't use `with sandbox()`."""
        conf.get("IAMPORT_API_URL")  # fails where Django isn't configured, before anything was changed
        connection.session().mount(self.base_url, self._adapter)
        self._settings.enable()

    def stop(self) -> None:
        self._settings.disable()
        connection.session().adapters.pop(self.base_url, None)

    # What happens at the gateway

    def cancel_in_console(self, imp_uid: str, amount: int | Decimal | None = None) -> None:
        """The operator refunds `amount` (all that is left) in the gateway's console."""
        self.account.cancel_in_console(imp_uid, None if amount is None else Decimal(amount))

    def void(self, imp_uid: str) -> None:
        """The virtual account is closed."""
        self.account.void(imp_uid)

    def delete_key(self, customer_uid: str) -> None:
        """The billing key is deleted, and not by the shop."""
        self.account.delete_key(customer_uid)

    @property
    def billing_keys(self) -> list[str]:
        """The `customer_uid` of each billing key that there is."""
        return [row["customer_uid"] for row in self.account.store.find("customer")]

    def payment(self, imp_uid: str) -> dict[str, Any]:
        """The payment as the gateway answers it, test channels included."""
        return self.account.payment(imp_uid)

    def edit(self, imp_uid: str, *, without: tuple[str, ...] = (), **fields: Any) -> None:
        """Let the gateway answer these values for the payment, whatever the rules say, or leave keys out."""
        self.account.edit(imp_uid, fields, without)

    def tick(self, **span: float) -> None:
        """Let time pass at the gateway: `tick(days=30)`, in the words of `timedelta`."""
        self.account.move_clock(timedelta(**span).total_seconds())

    def fail_next(
        self,
        operation: str,
        *,
        times: int = 1,
        timeout: bool = False,
        disconnect: bool = False,
        status: int | None = None,
        html: bool = False,
        body: str | Mapping[str, Any] | None = None,
        after: bool = False,
        lose: bool = False,
        duplicate: bool = False,
        reorder: bool = False,
    ) -> None:
        """Let the next `times` requests of `operation` go wrong; with `after`, once the work was done.

        `operation` is one of the client's (`payments.find`), a group of them (`payments`), or `every`.
        A read that got no answer, or 429, 502, 503 or 504, is asked once more: let it go wrong twice.
        `status` alone answers an envelope that refuses, `html` a proxy's error page (502), `body` itself.
        The operation "webhook" has faults of its own: `lose`, `duplicate`, or `reorder` (after the next one).
        Raises ValueError for what can't go wrong.
        """
        kinds = {
            "timeout": timeout,
            "disconnect": disconnect,
            "html": html,
            "body": body is not None,
            "lose": lose,
            "duplicate": duplicate,
            "reorder": reorder,
        }
        fault = faults.Fault(
            operation,
            next((kind for kind, asked in kinds.items() if asked), "error"),
            times=times,
            status=status,
            body=json.dumps(body) if isinstance(body, Mapping) else body,
            after=after,
        )
        faults.arm(self.account.store, fault)

    def meanwhile(self, operation: str, happens: Callable[[], object]) -> None:
        """Let something else happen while the next call of `operation` is under way.

        The gateway has done its work then, and its answer has not arrived yet. `operation` may name a group.
        Raises ValueError for an operation that there isn't.
        """
        if operation not in (*OPERATIONS, *GROUPS):
            raise ValueError(f"unknown operation {operation!r}")
        self._adapter.meanwhile[operation].append(happens)

    def switch(self, **words: str) -> None:
        """Answer the other way where the gateway is known to do either: `switch(disputed_answers="described")`.

        Raises ValueError for a switch or a word that there isn't.
        """
        self.account.switch(**words)

    def use_channels(self, channels: Sequence[Mapping[str, Any]]) -> None:
        """Give the account these channels instead of the usual ones, in the words of a channel file:
        `use_channels([{"pg": "kakaopay", "mid": "TC0ONETIME", "rules": {"partial_refunds": False}}])`.

        Raises ValueError, saying what is wrong.
        """
        kept.change(self.account.store, channels)

    # What was sent

    @property
    def calls(self) -> list[str]:
        """Requests the gateway got since the last `reset_calls`, as "METHOD /path"."""
        return list(self._adapter.calls)

    def reset_calls(self) -> None:
        self._adapter.calls.clear()

    @property
    def webhooks(self) -> list[dict[str, Any]]:
        """The bodies of the webhooks that were not delivered yet."""
        waiting = self.account.store.find(outbox.KIND, sort="started_at", status="waiting")
        return [row["body"] for row in waiting]

    def deliver_webhooks(self, client: DjangoClient | None = None) -> list[Any]:
        """Post what waits to the view `iamport:webhook` and answer its responses."""
        sender = client or DjangoClient()
        store, responses = self.account.store, []
        while (row := queue.claim(store, self.clock.unix(), early=True)) is not None:
            response = sender.post(reverse("iamport:webhook"), row["body"], "application/json")
            queue.record_outcome(store, row, Outcome(response.status_code), self.clock.unix())
            responses.append(response)
        return responses


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """An empty gateway for the duration of the block."""
    opened = Sandbox()
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()
