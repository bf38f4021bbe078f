"""What the shop has stored and what the gateway holds, and what must be true of the two at any moment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django_iamport.models import Cancellation, OperatorCall, Refund
from django_iamport.testing import Sandbox
from tests.histories.receivers import HEARD
from tests.shop.models import Order, OrderItem, OrderTransaction

Payment = Mapping[str, Any]


def is_money(payment: Payment) -> bool:
    """Whether the gateway took some for the shop."""
    return bool(payment["paid_at"]) and not payment["sandbox"]


def is_taken(payment: Payment) -> bool:
    """Whether the gateway opens no further window under its number."""
    return bool(payment["paid_at"])


def is_waiting(payment: Payment) -> bool:
    return payment["status"] == "ready" and bool(payment["vbank_num"])


def has_failed(payment: Payment) -> bool:
    return bool(payment["status"] == "failed")


def went_back(payment: Payment) -> Decimal:
    return Decimal(payment["cancel_amount"] or 0)


def held(payment: Payment) -> Decimal:
    return Decimal(payment["amount"]) - went_back(payment) if is_money(payment) else Decimal(0)


def discount(payment: Payment) -> Decimal:
    return Decimal((payment["promotion"] or {}).get("discount") or 0)


@dataclass
class Page:
    """All rows at one moment, by key."""

    rows: dict[int, OrderTransaction] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    cancellations: dict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))
    wishes: set[str] = field(default_factory=set)
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def now(cls) -> Page:
        page = cls(
            rows={row.pk: row for row in OrderTransaction.objects.order_by("pk")},
            orders={order.pk: order for order in Order.objects.order_by("pk")},
        )
        for imp_uid, amount in Cancellation.objects.values_list("imp_uid", "amount"):
            page.cancellations[imp_uid].append(amount)
        wishes = Refund.objects.filter(kind="refund", checksum=None).exclude(status__in=("done", "refused"))
        page.wishes.update(wishes.values_list("imp_uid", flat=True))
        for line in OrderItem.objects.filter(name__startswith=HEARD):
            page.heard[line.name.partition(" ")[2], str(line.price)] += 1
        return page

    def paid(self, order_id: int) -> list[OrderTransaction]:
        return [row for row in self.rows.values() if row.order_id == order_id and row.status == "paid"]


@dataclass
class Books:
    """Compared after every step; raises AssertionError with what is wrong.

    `accepted` are the rows that an operator has accepted, `refused` the orders that a receiver refused, by key.
    """

    sandbox: Sandbox
    reached: Counter[str]
    before: Page = field(default_factory=Page)
    were_paid: set[int] = field(default_factory=set)
    accepted: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)

    def compare(self) -> None:
        before, now = self.before, Page.now()
        for row in now.rows.values():
            self._what_is_stored_is_the_gateways(now, row)
            self._nothing_moves_back(before.rows.get(row.pk), row)
            self._verdict(before, now, row)
            self._who_listens_heard_it_once(row, now.heard)
            self._no_wish_is_left(now, row)
        for order in now.orders.values():
            paid = now.paid(order.pk)
            assert len(paid) <= 1, f"order {order.pk} is paid by {[row.merchant_uid for row in paid]}"
            ever_paid = any(row.pk in self.were_paid for row in now.rows.values() if row.order_id == order.pk)
            if order.status == "paid":
                assert ever_paid, f"order {order.pk} is paid, and no payment of it ever was"
            assert not paid or order.status == "paid", (
                f"order {order.pk} is {order.status}, and its money taken"
            )
        self.before = now

    def _what_is_stored_is_the_gateways(self, now: Page, row: OrderTransaction) -> None:
        if row.paid_amount is None:
            assert row.status != "paid", f"{row.merchant_uid} is paid and holds nothing"
            return
        payment = self.sandbox.payment(row.imp_uid or "")
        assert is_money(payment), f"{row.merchant_uid} holds {row.paid_amount} that the gateway never took"
        assert payment["merchant_uid"] == row.gateway_merchant_uid
        assert (row.paid_amount, row.paid_currency) == (payment["amount"], payment["currency"])
        assert row.cancel_amount <= went_back(payment), f"{row.merchant_uid}: more went back than went back"
        told = now.cancellations[row.imp_uid or ""]
        assert sum(told) == row.cancel_amount, f"{row.merchant_uid}: {told} are not {row.cancel_amount}"
        assert (row.status == "cancelled") == (row.held_amount == 0), f"{row.merchant_uid} is {row.status}"

    def _nothing_moves_back(self, before: OrderTransaction | None, row: OrderTransaction) -> None:
        if row.status == "paid":
            self.were_paid.add(row.pk)
        if row.pk in self.were_paid:
            assert row.status in ("paid", "cancelled"), f"{row.merchant_uid} was paid and is {row.status}"
        if before is not None and before.paid_amount is not None:
            assert row.paid_amount is not None, (
                f"{row.merchant_uid} held money and doesn't know of it any more"
            )
            assert row.imp_uid == before.imp_uid, f"{row.merchant_uid} was {before.imp_uid}, is {row.imp_uid}"
            assert row.cancel_amount >= before.cancel_amount, f"{row.merchant_uid}: a refund came undone"
            assert before.status != "cancelled" or row.status == "cancelled"

    def _verdict(self, before: Page, now: Page, row: OrderTransaction) -> None:
        earlier = before.rows.get(row.pk)
        if row.status not in ("paid", "rejected") or (earlier is not None and earlier.status == row.status):
            return
        self.reached[f"{row.status} {row.reject_reason}".strip()] += 1
        whys = self._why_not(before, now, row)
        if row.status == "rejected":
            assert row.reject_reason in whys, f"{row.merchant_uid} is {row.reject_reason}, and that is not so"
        elif row.pk in self.accepted:
            assert not whys & {"test_payment"}, f"play money of {row.merchant_uid} was accepted"
            assert len(before.paid(row.order_id)) == 0
        else:
            assert not whys - {"sold_out"}, f"{row.merchant_uid} is paid, and is {whys}"

    def _why_not(self, before: Page, now: Page, row: OrderTransaction) -> set[str]:
        """Everything that speaks against a payment, by what there was before this step."""
        payment, order = self.sandbox.payment(row.imp_uid or ""), before.orders[row.order_id]
        if payment["sandbox"]:
            return {"test_payment"}
        whys = set()
        if Decimal(payment["amount"]) != row.amount:
            is_discount = discount(payment) and Decimal(payment["amount"]) + discount(payment) == row.amount
            whys.add("discount" if is_discount else "forged")
        others = [*before.paid(row.order_id), *(now.paid(row.order_id) if row.status == "rejected" else [])]
        if any(other.pk != row.pk for other in others):
            whys.add("duplicate")
        elif order.status != "ready":
            whys.add("order_closed")
        if row.merchant_uid != row.gateway_merchant_uid:
            # The number was taken by a payment that held money, whatever became of it.
            whys.add("duplicate")
        if order.amount != row.amount:
            whys.add("order_changed")
        if row.order_id in self.refused:
            whys.add("sold_out")
        return whys

    def _who_listens_heard_it_once(self, row: OrderTransaction, heard: Counter[tuple[str, str]]) -> None:
        def count(name: str) -> int:
            return sum(n for (told, _), n in heard.items() if told == f"{name} {row.merchant_uid}")

        def total(name: str) -> Decimal:
            sums = (
                Decimal(amount) * n
                for (told, amount), n in heard.items()
                if told == f"{name} {row.merchant_uid}"
            )
            return sum(sums, Decimal(0))

        was_paid = row.pk in self.were_paid
        assert count("payment_paid") == was_paid, f"{row.merchant_uid}: paid {count('payment_paid')} times"
        name, other = ("payment_cancelled", "payment_returned")[:: 1 if was_paid else -1]
        assert total(name) == row.cancel_amount, f"{row.merchant_uid}: {name} told {total(name)}"
        assert count(other) == 0, f"{row.merchant_uid}: {other} was told"
        is_over = was_paid and row.status == "cancelled"
        assert count("order_refunded") == is_over

    def _no_wish_is_left(self, now: Page, row: OrderTransaction) -> None:
        """Money that an order wants is not about to go back by a rule."""
        is_wished = row.status == "paid" and row.imp_uid in now.wishes
        assert not is_wished, f"{row.merchant_uid} is paid, and a wish to return it still stands"

    # When everything was heard.

    def are_equal(self, imp_uids: Iterable[str], listed: set[str], exit_code: int) -> None:
        """Shop and gateway, to the won; what differs, and what nobody wants and is held, is `listed`."""
        now = Page.now()
        rows = {row.imp_uid: row for row in now.rows.values() if row.imp_uid}
        open_work = Refund.objects.exclude(status__in=("done", "refused")).exists()
        is_calm = not open_work and not OperatorCall.objects.open().exists()
        for imp_uid in imp_uids:
            payment, row = self.sandbox.payment(imp_uid), rows.get(imp_uid)
            if not is_money(payment):
                assert row is None or row.paid_amount is None
                continue
            differs = row is None or (row.held_amount, row.cancel_amount) != (
                held(payment),
                went_back(payment),
            )
            assert not (differs and row is None and held(payment)), f"{held(payment)} of {imp_uid} has no row"
            if row is None:
                continue
            assert not differs, f"{imp_uid}: {row.held_amount} here, {held(payment)} there"
            if row.held_amount and row.status != "paid":
                is_calm = False
                assert row.merchant_uid in listed, f"{row.merchant_uid} is {row.status} and held in silence"
                self.reached["held and listed"] += 1
        assert not (exit_code == 0 and not is_calm), "sync says that all is well"
        assert not (is_calm and exit_code != 0), f"sync ends with {exit_code}: {listed}"
