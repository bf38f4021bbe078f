"""Whatever happens in whatever order: once everything was heard, the shop's books are the gateway's."""

import contextlib
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest

from django_iamport.exceptions import IamportError
from django_iamport.models import Cancellation, OperatorCall, Refund
from django_iamport.reconciliation import sync
from django_iamport.sandbox.rules import Refusal
from tests.shop.models import Order, OrderTransaction

pytestmark = [pytest.mark.once, pytest.mark.django_db]

STEPS = 25
OPEN = ("wanted", "sent", "unknown", "needs_operator")


class History:
    """One order, its customer, its shop and the gateway, each doing something at a time."""

    def __init__(self, seed, gateway, client, later):
        self.random, self.gateway, self.client, self.later = Random(seed), gateway, client, later
        self.order = Order.objects.create(name="Tea", amount=50_000)
        self.imp_uids, self.log = [], []

    def go(self, steps):
        for _ in range(steps):
            step = self.random.choice(WHAT_HAPPENS)
            self.log.append(step.__name__)
            with contextlib.suppress(IamportError, Refusal):
                step(self)

    def attempt(self):
        """What a window was opened for; a second payment's row is none."""
        attempts = [
            row for row in self.order.transactions.all() if row.gateway_merchant_uid == row.merchant_uid
        ]
        return self.random.choice(attempts) if attempts else self.begin()

    def imp_uid(self):
        return self.random.choice(self.imp_uids or ["imp_000000000000"])

    def begin(self):
        return OrderTransaction.objects.create_new(Order.objects.get(pk=self.order.pk))

    def pay(self):
        how = self.random.choice(
            [{}, {}, {"amount": 100}, {"force": True}, {"channel": "test"}, {"discount": 500}]
        )
        self.imp_uids.append(self.gateway.pay(self.attempt(), **how))

    def decline(self):
        self.imp_uids.append(self.gateway.decline(self.attempt()))

    def approve_late(self):
        self.gateway.approve(self.imp_uid())

    def take_account(self):
        self.imp_uids.append(self.gateway.issue_account(self.attempt()))

    def deposit(self):
        self.gateway.deposit(self.imp_uid())

    def hear(self):
        self.gateway.deliver_webhooks(self.client)

    def return_from_window(self):
        OrderTransaction.objects.confirm(
            merchant_uid=self.attempt().merchant_uid,
            imp_uid=self.imp_uid(),
            source="browser",
        )

    def refund(self):
        self.attempt().cancel(amount=self.random.choice([None, 1_000, 20_000]), reason="changed my mind")

    def refund_in_console(self):
        self.gateway.cancel_in_console(self.imp_uid(), self.random.choice([None, 1_000, 30_000]))

    def accept(self):
        self.attempt().accept(reason="fine", by="")

    def change(self):
        Order.objects.filter(pk=self.order.pk).update(amount=self.random.choice([50_000, 40_000]))

    def close(self):
        Order.objects.get(pk=self.order.pk).close()

    def fail(self):
        operation = self.random.choice(["payments.find", "payments.cancel"])
        self.gateway.fail_next(operation, times=2, timeout=True, after=self.random.choice([True, False]))

    def wait(self):
        self.gateway.tick(minutes=6)
        self.later(minutes=6)

    def reconcile(self):
        sync(max_age=timedelta(days=30), say=lambda line: None)

    def settle(self):
        """Everything is heard at last, and all that was put off is tried again."""
        for _ in range(4):
            self.wait()
            self.hear()
            for imp_uid in self.imp_uids:
                with contextlib.suppress(IamportError):
                    OrderTransaction.objects.confirm(imp_uid=imp_uid, source="webhook")
            self.reconcile()


WHAT_HAPPENS = [
    History.begin,
    *[History.pay] * 2,
    History.decline,
    History.approve_late,
    History.take_account,
    History.deposit,
    *[History.hear] * 2,
    History.return_from_window,
    *[History.refund] * 2,
    History.refund_in_console,
    History.accept,
    History.change,
    History.close,
    History.fail,
    History.wait,
    History.reconcile,
]


@pytest.fixture(params=range(30))
def history(request, iamport_sandbox, client, later):
    """One of thirty, the same ones each time."""
    history = History(request.param, iamport_sandbox, client, later)
    history.go(STEPS)
    history.settle()
    return history


def test_every_won_that_is_held_has_its_row_and_the_sums_agree(history):
    rows = {row.imp_uid: row for row in OrderTransaction.objects.exclude(imp_uid=None)}
    assert sum(row.status == "paid" for row in rows.values()) <= 1, history.log
    for imp_uid in history.imp_uids:
        payment, row = history.gateway.payment(imp_uid), rows.get(imp_uid)
        went_back = Decimal(payment["cancel_amount"] or 0)
        held = Decimal(payment["amount"]) - went_back if payment["paid_at"] else Decimal(0)
        if held and not payment["sandbox"]:
            assert row is not None, history.log
            assert row.held_amount == held, history.log
            assert row.status == "paid" or is_somebodys_task(row), history.log
        if row is not None and row.paid_amount is not None:
            assert row.cancel_amount == went_back, history.log
            told = Cancellation.objects.filter(imp_uid=imp_uid).values_list("amount", flat=True)
            assert sum(told) == went_back, history.log


def is_somebodys_task(row):
    """Money that no order wants goes back, or an operator knows of it."""
    asked = Refund.objects.filter(imp_uid=row.imp_uid, status__in=OPEN)
    return asked.exists() or OperatorCall.objects.open().filter(merchant_uid=row.merchant_uid).exists()
