"""A shop, its customer, its operator and the gateway, and what is true of them whatever they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, TypeVar
from unittest import mock

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_iamport.client.http import deadline, retry, token
from django_iamport.exceptions import IamportError, RejectPayment
from django_iamport.models import Cancellation, OperatorCall, Refund
from django_iamport.models import History as Lines
from django_iamport.reconciliation import Report, sync
from django_iamport.records.sync_cursor import SyncCursor
from django_iamport.sandbox.delivery import faults
from django_iamport.sandbox.rules import Refusal
from django_iamport.testing import sandbox
from tests.histories.books import Books, Payment
from tests.histories.clock import GatewaysClock, Time
from tests.histories.death import Death, Killed
from tests.histories.receivers import written_down
from tests.histories.wire import Wire
from tests.shop.models import Order, OrderItem, OrderTransaction

Result = TypeVar("Result")

PRICE = 50_000
TABLES = (OrderTransaction, OrderItem, Order, Cancellation, Refund, Lines, OperatorCall, SyncCursor, Session)


class History:
    """Begins with one order and nothing else; `close()` ends it. `reached` counts what has happened."""

    def __init__(self, reached: Counter[str]) -> None:
        forget_everything()
        self.reached, self.steps = reached, 0
        self.time, self.death, self.stack = Time(), Death(), ExitStack()
        self.stack.enter_context(mock.patch.object(timezone, "now", self.time.shops))
        for module in (deadline, retry, token):
            self.stack.enter_context(mock.patch.object(module, "time", self.time))
        self.gateway = self.stack.enter_context(sandbox())
        self.gateway.clock = self.gateway.account.clock = GatewaysClock(self.time)
        self.wire = Wire(self.gateway, self.time, self.death)
        self.books = Books(self.gateway, reached)
        self.stack.enter_context(written_down(self._fail_if_it_should))
        self.user = get_user_model().objects.get_or_create(username="kim")[0]
        self.browser = Client()
        self.browser.force_login(self.user)
        self.imp_uids: list[str] = []
        self.notices: list[dict[str, str]] = []
        self._seen_notices: set[str] = set()
        self.receiver_fails: list[str] = []
        self.failure: BaseException | None = None
        self.new_order()

    def close(self) -> None:
        self.stack.close()
        for row in OrderTransaction.objects.all():
            self.reached[f"ends {row.status}"] += 1

    # What is always true, and what is true in the end.

    def compare(self) -> None:
        self.steps += 1
        assert not connection.in_atomic_block
        assert not self.wire.wrong, self.wire.wrong
        self.books.compare()

    def all_is_heard(self) -> None:
        """The trouble is over, no notice comes any more, and sync runs twice."""
        self.death.at, self.receiver_fails, self.wire.is_next_late = None, [], False
        faults.disarm(self.gateway.account.store)
        for _ in range(2):
            self.let_pass(timedelta(minutes=6))
            report = self.sync()
            self.compare()
        listed = {merchant_uid for merchant_uid, _code in report.unfinished}
        self.books.are_equal(self.imp_uids, listed, report.exit_code)
        self.reached[f"in the end sync says {report.exit_code}"] += 1

    # Processes of the shop's.

    def run(self, job: Callable[[], Result]) -> Result | None:
        """One process: an error of the family ends it, its death, or its end. Anything else is a fault of ours."""
        self.failure = None
        try:
            with self.death.watching():
                return job()
        except (IamportError, Killed) as failure:
            self.failure = failure
            word = "killed" if isinstance(failure, Killed) else f"error {failure.code}"
            self.reached[word] += 1
        return None

    def post(self, view: str, **fields: str) -> Any:
        """A request to one of the shop's addresses; None where the process died."""
        url = reverse(f"iamport:{view}")
        response = self.run(lambda: self.browser.post(url, fields, "application/json"))
        if response is not None:
            assert response.status_code < 400 or response.json()["error"]["code"], response.content
            self.reached[f"{view} {response.status_code}"] += 1
        return response

    def sync(self) -> Report:
        return sync(max_age=timedelta(days=365), say=lambda line: None)

    def _fail_if_it_should(self, name: str, order: Order) -> None:
        if not self.receiver_fails:
            return
        how = self.receiver_fails.pop()
        self.reached[f"a receiver {how}"] += 1
        if how == "raises":
            raise RuntimeError("a bug of the shop's")
        if how == "swallows a database error":
            try:
                OrderItem.objects.create(order_id=None, name="nobody's", price=0)
            except DatabaseError:
                return
        if how == "refuses" and name == "payment_paid":
            self.books.refused.add(order.pk)
            raise RejectPayment("sold_out")

    # The world around it.

    def new_order(self) -> None:
        Order.objects.create(name="Tea", amount=PRICE, user=self.user)
        self.books.compare()

    def at_the_gateway(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Refusal:
            self.reached["refused at the gateway"] += 1

    def let_pass(self, span: timedelta) -> None:
        self.wire.let_the_late_arrive()
        self.gateway.tick(seconds=span.total_seconds())

    def waiting_notices(self) -> list[dict[str, str]]:
        for row in self.gateway.account.webhooks():
            if row["key"] not in self._seen_notices:
                self._seen_notices.add(row["key"])
                self.notices.append(row["body"])
        return self.notices

    # Whom something is about: the last of those that it can be about, or another one.

    def order(self, which: int) -> Order:
        orders = self.orders()
        return orders[-1 - which % len(orders)]

    def orders(self) -> list[Order]:
        return [*self.books.before.orders.values()]

    def attempt(self, which: int) -> OrderTransaction:
        attempts = self.attempts()
        return attempts[-1 - which % len(attempts)]

    def attempts(self) -> list[OrderTransaction]:
        """What windows were opened for; a second payment's row is none."""
        rows = self.books.before.rows.values()
        return [row for row in rows if row.merchant_uid == row.gateway_merchant_uid]

    def row(self, which: int, is_wanted: Callable[[OrderTransaction], bool]) -> OrderTransaction:
        rows = self.rows(is_wanted)
        return rows[-1 - which % len(rows)]

    def rows(self, is_wanted: Callable[[OrderTransaction], bool]) -> list[OrderTransaction]:
        return [row for row in self.books.before.rows.values() if is_wanted(row)]

    def payment(self, which: int, is_wanted: Callable[[Payment], object] = bool) -> str:
        found = self.payments(is_wanted)
        return found[-1 - which % len(found)]

    def payments(self, is_wanted: Callable[[Payment], object] = bool) -> list[str]:
        return [imp_uid for imp_uid in self.imp_uids if is_wanted(self.gateway.payment(imp_uid))]

    def number_of(self, imp_uid: str) -> str:
        return str(self.gateway.payment(imp_uid)["merchant_uid"])


def forget_everything() -> None:
    with connection.cursor() as cursor:
        for model in TABLES:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
    cache.clear()
