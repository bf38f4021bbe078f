"""What the customer does, and his bank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st

from tests.histories.books import has_failed, is_taken, is_waiting
from tests.histories.deeds import WHICH, deed
from tests.histories.history import History
from tests.shop.models import OrderTransaction

ODD_WAYS_TO_PAY: dict[str, dict[str, Any]] = {
    "another amount": {"amount": 100},
    "too much": {"amount": 60_000},
    "with a promotion": {"discount": 500},
    "by phone": {"pay_method": "phone"},
}


@deed()
def nothing_happens(history: History) -> None:
    """What hypothesis begins with, as it tries the first of everything."""


@deed(when=lambda history: len(history.orders()) < 4)
def orders_again(history: History) -> None:
    history.new_order()


@deed(often=3, when=lambda history: len(_unpaid(history)) < 3, order=WHICH)
def opens_a_window(history: History, order: int) -> None:
    """Or another tab."""
    _open(history, order)


@deed(order=WHICH)
def tries_a_button_that_is_over(history: History, order: int) -> None:
    history.post("order_checkout", order_id=str(history.order(order).pk))


@deed(often=4, attempt=WHICH)
def pays(history: History, attempt: int) -> None:
    _in_the_window(history, attempt, history.gateway.pay)


@deed(when=History.attempts, attempt=WHICH)
def pays_once_more(history: History, attempt: int) -> None:
    """Of the same window."""
    row = history.attempt(attempt)
    history.at_the_gateway(partial(_pay_again, history, row))


def _pay_again(history: History, row: OrderTransaction) -> None:
    history.imp_uids.append(history.gateway.pay(row, force=True))


@deed(often=2, order=WHICH, minutes=st.sampled_from([0, 31]))
def pays_in_two_tabs(history: History, order: int, minutes: int) -> None:
    """Both windows were open before either was paid, the first one perhaps too long to be used again."""
    first = _open(history, order)
    history.let_pass(timedelta(minutes=minutes))
    for row in [first, _open(history, order)]:
        if row is not None:
            history.at_the_gateway(partial(_pay_again, history, row))


@deed(often=2, attempt=WHICH)
def pays_with_play_money(history: History, attempt: int) -> None:
    _in_the_window(history, attempt, lambda row: history.gateway.pay(row, channel="test"))


@deed(often=4, attempt=WHICH, how=st.sampled_from([*ODD_WAYS_TO_PAY]))
def pays_oddly(history: History, attempt: int, how: str) -> None:
    _in_the_window(history, attempt, lambda row: history.gateway.pay(row, **ODD_WAYS_TO_PAY[how]))


@deed(attempt=WHICH)
def is_declined(history: History, attempt: int) -> None:
    _in_the_window(history, attempt, history.gateway.decline)


@deed(often=2, attempt=WHICH, amount=st.sampled_from([None, None, 100]))
def takes_an_account(history: History, attempt: int, amount: int | None) -> None:
    _in_the_window(history, attempt, lambda row: history.gateway.issue_account(row, amount=amount))


def _in_the_window(history: History, attempt: int, act: Callable[[OrderTransaction], str]) -> None:
    """Of an attempt that nobody has paid; who has none opens a window first."""
    unpaid = _unpaid(history)
    if not unpaid:
        _open(history, attempt)
        unpaid = _unpaid(history)
    if unpaid:
        row = unpaid[-1 - attempt % len(unpaid)]
        history.at_the_gateway(lambda: history.imp_uids.append(act(row)))


def _open(history: History, order: int) -> OrderTransaction | None:
    """For an order that can be paid; where there is none the customer orders once more."""
    ready = [order for order in history.orders() if order.status == "ready"]
    if not ready:
        history.new_order()
        ready = history.orders()[-1:]
    response = history.post("order_checkout", order_id=str(ready[-1 - order % len(ready)].pk))
    history.books.compare()
    if response is None or response.status_code != 200:
        return None
    return OrderTransaction.objects.get(merchant_uid=response.json()["merchant_uid"])


def _unpaid(history: History) -> list[OrderTransaction]:
    taken = {history.number_of(imp_uid) for imp_uid in history.payments(is_taken)}
    return [row for row in history.attempts() if row.merchant_uid not in taken]


@deed(often=2, when=lambda history: history.payments(is_waiting), payment=WHICH)
def deposits(history: History, payment: int) -> None:
    history.at_the_gateway(lambda: history.gateway.deposit(history.payment(payment, is_waiting)))


@deed(when=lambda history: history.payments(has_failed), payment=WHICH)
def is_approved_late(history: History, payment: int) -> None:
    history.at_the_gateway(lambda: history.gateway.approve(history.payment(payment, has_failed)))
