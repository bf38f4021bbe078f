"""A file that benchmarks fill with copies of one payment holds what it would if a buyer had made each."""

import re
from typing import Any, NamedTuple

import pytest

from benchmarks import held
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.files import FileStore

MOMENTS = {"started_at", "paid_at", "updated_at", "status_at", "vbank_due_at"}

Payment = dict[str, Any]


class Payments(NamedTuple):
    copies: list[Payment]
    bought: list[Payment]


@pytest.fixture(scope="module")
def payments(tmp_path_factory: pytest.TempPathFactory) -> Payments:
    file = tmp_path_factory.mktemp("held") / "sandbox.sqlite3"
    held.fill(file, 2)
    store = FileStore(file)
    copies = store.find("payment", "started_at")
    account = Account(store, Clock(store), Merchant())
    bought = [held.pay(account, number) for number in (3, 4)]
    store.close()
    return Payments(copies, bought)


def differing(one: Payment, other: Payment) -> set[str]:
    assert one.keys() == other.keys()
    return {name for name in one if one[name] != other[name]}


def test_copies_are_numbered_from_one_on(payments: Payments) -> None:
    numbers = [(payment["imp_uid"], payment["merchant_uid"]) for payment in payments.copies]
    assert numbers == [(held.imp_uid(number), held.merchant_uid(number)) for number in (1, 2)]


def test_two_copies_differ_where_two_payments_of_one_card_do(payments: Payments) -> None:
    of_payments = differing(*payments.bought) - {"card_number"} - MOMENTS
    assert differing(*payments.copies) - MOMENTS == of_payments


def test_a_copy_looks_like_another_payment(payments: Payments) -> None:
    def form(payment: Payment) -> Payment:
        return {name: re.sub("[A-Za-z0-9_-]", "x", str(value)) for name, value in payment.items()}

    one, another = form(payments.copies[1]), form(payments.bought[0])
    assert one == another
    assert differing(payments.copies[1], payments.bought[0]) <= differing(*payments.bought) | MOMENTS
