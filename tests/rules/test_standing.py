"""What a payment amounts to, and which payment counts among several."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from django_iamport.rules.standing import counting, standing
from tests.rules.seen import NOON, Payment


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "held"),
        ({"cancel_amount": 1}, "held"),
        ({"cancel_amount": 49_999}, "held"),
        ({"cancel_amount": 50_000}, "unclear"),
        ({"cancel_amount": 50_001}, "unclear"),
        ({"status": "cancelled", "cancel_amount": 1}, "held"),
        ({"status": "cancelled", "cancel_amount": 49_999}, "held"),
        ({"status": "cancelled", "cancel_amount": Decimal("49999.99")}, "held"),
        ({"status": "cancelled", "cancel_amount": 50_000}, "refunded"),
        ({"status": "cancelled", "cancel_amount": 50_001}, "unclear"),
        ({"status": "cancelled", "paid_at": None}, "voided"),
        ({"status": "cancelled"}, "unclear"),
        ({"status": "ready", "paid_at": None}, "open"),
        ({"status": "ready", "paid_at": None, "vbank_num": "123"}, "waiting"),
        ({"status": "failed", "paid_at": None}, "failed"),
        ({"status": "PAID"}, "unclear"),
        ({"status": "something_new"}, "unclear"),
    ],
    ids=str,
)
def test_what_a_payment_amounts_to(told, expected):
    assert standing(replace(Payment(), **told)).value == expected


def at(second, imp_uid, **told):
    moment = NOON + timedelta(seconds=second)
    held = told.get("status", "paid") == "paid"
    return replace(Payment(), imp_uid=imp_uid, started_at=moment, paid_at=moment if held else None, **told)


PAID = at(5, "paid")
FAILED = at(9, "failed", status="failed")
OPEN = at(8, "open", status="ready")
WAITING = at(1, "waiting", status="ready", vbank_num="1")
VOIDED = at(9, "voided", status="cancelled")
PLAY = at(0, "play", sandbox=True)


@pytest.mark.parametrize(
    ("payments", "counts"),
    [
        ((), None),
        ((FAILED, PAID, OPEN), "paid"),
        ((PLAY, PAID), "paid"),
        ((PLAY,), None),
        ((PLAY, FAILED), "failed"),
        ((at(7, "second"), PAID), "paid"),
        ((OPEN, WAITING, FAILED), "waiting"),
        ((VOIDED, OPEN), "open"),
        ((VOIDED, FAILED), "failed"),
        ((FAILED, at(3, "earlier", status="failed")), "failed"),
        ((replace(PAID, status="nonsense"), VOIDED), "voided"),
        ((at(2, "half", cancel_amount=1), PAID), "half"),
    ],
)
def test_the_payment_that_counts_under_one_name(payments, counts):
    for order in (payments, payments[::-1]):
        found = counting(order, test_mode=False)
        assert (found.imp_uid if found else None) == counts


def test_in_test_mode_play_money_counts():
    assert counting([PAID, PLAY], test_mode=True) is PLAY
