"""What the operator does, at the desk and in the gateway's console, and what the shop does to its orders."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from django_iamport.exceptions import IamportError, OutcomeUnknown
from django_iamport.models import Refund
from django_iamport.refunds.accounts import RefundAccount
from tests.histories.books import held, is_waiting
from tests.histories.death import Killed
from tests.histories.deeds import WHICH, deed
from tests.histories.history import PRICE, History
from tests.histories.wire import Ask
from tests.shop.models import Order, OrderTransaction

ACCOUNT = RefundAccount(bank="088", account="110123456789", holder="Kim")
SUMS = st.sampled_from([None, 1_000, 20_000])


def is_refundable(row: OrderTransaction) -> bool:
    return row.is_refundable


def is_acceptable(row: OrderTransaction) -> bool:
    return row.is_acceptable


def _some_refundable(history: History) -> object:
    return history.rows(is_refundable)


def _some_acceptable(history: History) -> object:
    return history.rows(is_acceptable)


def _some_held(history: History) -> object:
    return history.payments(held)


@deed(often=3, when=_some_refundable, payment=WHICH, amount=SUMS)
def the_operator_refunds(history: History, payment: int, amount: int | None) -> None:
    row = history.row(payment, is_refundable)
    _refund(history, row, amount, row.held_amount)


def _some_partly_refunded(history: History) -> list[OrderTransaction]:
    return history.rows(lambda row: row.is_refundable and row.cancel_amount > 0)


@deed(often=4, when=_some_partly_refunded, payment=WHICH, amount=SUMS)
def the_operator_sends_an_old_form(history: History, payment: int, amount: int | None) -> None:
    """It was opened before anything went back."""
    rows = _some_partly_refunded(history)
    row = rows[-1 - payment % len(rows)]
    _refund(history, row, amount, row.paid_amount or Decimal(0))


def _refund(history: History, row: OrderTransaction, amount: int | None, checksum: Decimal) -> None:
    """By a double click."""
    ask = Ask(row.imp_uid or "", Decimal(amount or row.held_amount), checksum)
    history.wire.asked.append(ask)

    def click() -> Refund:
        return row.cancel(
            amount,
            reason="changed his mind",
            checksum=checksum,
            refund_key=f"form {len(history.wire.asked)}",
            refund_account=ACCOUNT if row.pay_method == "vbank" else None,
            by="operator:1",
        )

    refund = history.run(click)
    if isinstance(history.failure, IamportError) and not isinstance(history.failure, OutcomeUnknown):
        # An error means that nothing was refunded and nothing will be.
        assert not ask.is_done, f"{history.failure!r}, and the money went back"
        ask.is_withdrawn = True
    if isinstance(history.failure, Killed) and not Refund.objects.open_for(ask.imp_uid).exists():
        # The process died before it had stored what was asked.
        ask.is_withdrawn = not ask.is_done
    if refund is not None:
        history.reached["refunded by hand"] += 1
        assert ask.is_done, f"{refund} is told as done"
        assert history.run(click) == refund


@deed(often=2, when=_some_held, payment=WHICH, amount=SUMS)
def the_console_refunds(history: History, payment: int, amount: int | None) -> None:
    history.at_the_gateway(lambda: history.gateway.cancel_in_console(history.payment(payment, held), amount))


@deed(when=_some_held, payment=WHICH, operation=st.sampled_from(["payments.find", "payments.cancel"]))
def the_console_will_refund(history: History, payment: int, operation: str) -> None:
    """While the shop's next look-up, or next refund, is under way."""
    imp_uid = history.payment(payment, held)

    def refund() -> None:
        history.at_the_gateway(lambda: history.gateway.cancel_in_console(imp_uid, 1_000))

    history.gateway.meanwhile(operation, refund)


@deed(when=lambda history: history.payments(is_waiting), payment=WHICH)
def the_console_voids(history: History, payment: int) -> None:
    history.at_the_gateway(lambda: history.gateway.void(history.payment(payment, is_waiting)))


@deed(often=2, when=_some_acceptable, payment=WHICH)
def the_operator_accepts(history: History, payment: int) -> None:
    _accept(history, history.row(payment, is_acceptable))


def _some_wished(history: History) -> list[OrderTransaction]:
    """What could be accepted, and is about to go back by a rule."""
    page = history.books.before
    wished = history.rows(lambda row: row.is_acceptable and row.imp_uid in page.wishes)
    return [row for row in wished if not page.paid(row.order_id)]


@deed(often=15, when=_some_wished, payment=WHICH)
def the_operator_keeps_what_is_to_go_back(history: History, payment: int) -> None:
    wished = _some_wished(history)
    _accept(history, wished[-1 - payment % len(wished)])


def _accept(history: History, row: OrderTransaction) -> None:
    history.books.accepted.add(row.pk)
    history.run(lambda: row.accept(reason="a regular customer", by="operator:1"))
    row.refresh_from_db()
    if row.status == "paid":
        history.reached["accepted by hand"] += 1
    else:
        history.books.accepted.discard(row.pk)


@deed(when=_some_acceptable, payment=WHICH)
def the_customer_names_an_account(history: History, payment: int) -> None:
    row = history.row(payment, is_acceptable)
    history.run(lambda: row.retry_refund(refund_account=ACCOUNT, by="customer:1"))


@deed(when=History.attempts, attempt=WHICH)
def the_operator_answers(history: History, attempt: int) -> None:
    row = history.attempt(attempt)
    history.run(lambda: row.answer_operator("looked at it", by="operator:1"))


@deed(often=2, order=WHICH, amount=st.sampled_from([40_000, 40_000, PRICE]))
def the_order_changes(history: History, order: int, amount: int) -> None:
    Order.objects.filter(pk=history.order(order).pk, status="ready").update(amount=amount)


@deed(order=WHICH)
def the_order_is_closed(history: History, order: int) -> None:
    history.run(history.order(order).close)
