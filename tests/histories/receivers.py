"""The shop's own code: it writes down what it hears, in the transaction in which it hears it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django_iamport import signals
from tests.shop.models import Order, OrderItem

# How lines of an order begin that say what was heard.
HEARD = "heard"
LISTENED = ("payment_paid", "payment_cancelled", "payment_returned", "payment_rejected", "order_refunded")


@contextmanager
def written_down(then: Callable[[str, Order], None] = lambda name, order: None) -> Iterator[None]:
    """Listens; `then` is called with the name of the signal and the order, afterwards."""
    connected = []
    for name in LISTENED:
        signal = getattr(signals, name)

        def receive(sender: Any, transaction: Any, order: Any, _name: str = name, **told: Any) -> None:
            price = told.get("amount", transaction.amount)
            OrderItem.objects.create(
                order=order, name=f"{HEARD} {_name} {transaction.merchant_uid}", price=price
            )
            then(_name, order)

        signal.connect(receive, weak=False)
        connected.append((signal, receive))
    try:
        yield
    finally:
        for signal, receive in connected:
            signal.disconnect(receive)
