"""Answers become typed results; what is missing or odd but harmless does not hide a payment."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import datetime, timezone
from decimal import Decimal

import pytest

from django_iamport.client.http.wire import Malformed
from django_iamport.client.operations.payments import read_payment


@pytest.fixture
def row(answers):
    return answers.payment


def test_moments_are_aware_and_the_gateways_0_is_none(row):
    payment = read_payment(row(paid_at=1_700_000_000, failed_at=0, cancelled_at=None))
    assert payment.paid_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)
    assert (payment.failed_at, payment.cancelled_at, payment.started_at) == (None, None, None)


def test_sums_are_int_where_integral_and_decimal_otherwise(row):
    payment = read_payment(row(amount=Decimal("100.00"), cancel_amount=Decimal("10.50"), currency="USD"))
    assert (type(payment.amount), payment.amount) == (int, 100)
    assert (type(payment.cancel_amount), payment.cancel_amount) == (Decimal, Decimal("10.5"))


@pytest.mark.parametrize(
    "amount",
    [10**12, Decimal("1e12"), Decimal("0.001"), Decimal("1e-999999"), -1, 1.5, float("nan")],
    ids=str,
)
def test_a_sum_that_no_column_holds_is_malformed(row, amount):
    with pytest.raises(Malformed):
        read_payment(row(amount=amount))


def test_the_largest_sum_is_read_whatever_the_shops_decimal_context(row):
    assert read_payment(row(amount=Decimal("999999999999.99"))).amount == Decimal("999999999999.99")


def test_only_what_identifies_and_sums_up_must_be_there(row):
    payment = read_payment(row())
    assert (payment.cancel_history, payment.promotion, payment.customer_uid_usage) == ((), None, None)
    assert payment.vbank_num is None


def test_a_missing_sandbox_is_neither_live_nor_test(row):
    fields = row()
    del fields["sandbox"]
    assert read_payment(fields).sandbox is None


def test_an_odd_description_does_not_hide_a_payment(row):
    payment = read_payment(row(card_code=371, receipt_url=[], card_quota="0", name=None, novelty={"a": 1}))
    assert (payment.card_code, payment.receipt_url, payment.card_quota) == (None, None, None)
    assert (payment.raw["card_code"], payment.raw["novelty"]) == (371, {"a": 1})


def test_refunds_and_promotion_are_read(row):
    entry = {"pg_tid": "t", "amount": 500, "cancelled_at": 1_700_000_000, "reason": "변심"}
    payment = read_payment(
        row(
            cancel_history=[entry, {**entry, "cancellation_id": "c2"}],
            promotion={"id": "promotion-id-1", "discount": 1000},
        )
    )
    assert [refund.cancellation_id for refund in payment.cancel_history] == [None, "c2"]
    assert payment.cancel_history[0].amount == 500
    assert payment.promotion is not None
    assert payment.promotion.discount == 1000


def test_a_result_can_be_compared_hashed_and_pickled_but_not_changed(row):
    payment = read_payment(row())
    assert payment == read_payment(row(novelty=1))
    assert hash(payment) == hash(read_payment(row()))
    assert pickle.loads(pickle.dumps(payment)) == payment
    with pytest.raises(dataclasses.FrozenInstanceError):
        payment.status = "paid"  # type: ignore[misc]
