"""A payment against what was asked for, and whether the order still wants it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from django_iamport.rules.standing import is_proven_live
from django_iamport.rules.verification import (
    HOLDS_NOTHING,
    NEVER_REFUNDED,
    Asked,
    OrderNow,
    Reason,
    judge_order,
    judge_payment,
    proves,
)
from tests.rules.seen import Payment, Promotion

ASKED = Asked(amount=Decimal(50_000), currency="KRW")

PROMOTED = {"amount": 45_000, "promotion": Promotion(5_000)}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"amount": Decimal("50000.00")}, None),
        ({"amount": 49_999}, Reason.FORGED),
        ({"amount": 50_001}, Reason.FORGED),
        ({"currency": "USD"}, Reason.FORGED),
        ({"currency": "krw"}, Reason.FORGED),
        ({"amount": 0}, Reason.NOT_A_PAYMENT),
        ({"amount": -50_000}, Reason.NOT_A_PAYMENT),
        ({"customer_uid_usage": "issue"}, Reason.NOT_A_PAYMENT),
        ({"sandbox": True}, Reason.TEST_PAYMENT),
        (
            {"sandbox": True, "amount": 100, "currency": "USD", "customer_uid_usage": "issue"},
            Reason.TEST_PAYMENT,
        ),
        ({"customer_uid_usage": "issue", "amount": 100}, Reason.NOT_A_PAYMENT),
        (PROMOTED, Reason.DISCOUNT),
        ({**PROMOTED, "currency": "USD"}, Reason.FORGED),
        ({**PROMOTED, "amount": 44_999}, Reason.FORGED),
        ({**PROMOTED, "amount": 50_000}, None),
        ({"amount": 55_000, "promotion": Promotion(-5_000)}, Reason.FORGED),
        ({"amount": 45_000, "promotion": Promotion(0)}, Reason.FORGED),
        ({"pg_id": "other"}, None),
    ],
    ids=str,
)
def test_a_payment_against_what_was_asked(told, reason):
    assert judge_payment(ASKED, replace(Payment(), **told), test_mode=False) is reason


@pytest.mark.parametrize(
    ("asked", "told", "accepted"),
    [
        ({"pg_provider": "kakaopay"}, {"pg_provider": "kakaopay"}, True),
        ({"pg_provider": "kakaopay"}, {"pg_provider": "naverpay"}, False),
        ({"pg_id": "mid"}, {}, True),
        ({"pg_id": "mid"}, {"pg_id": "other"}, False),
        ({"pg_id": "mid"}, {"pg_id": None}, False),
        ({"escrow": True}, {"escrow": True}, True),
        ({"escrow": True}, {}, False),
        ({"escrow": True}, {"escrow": None}, False),
        ({"escrow": False}, {}, True),
        ({"escrow": False}, {"escrow": True}, False),
        ({"customer_uid_usage": "payment"}, {"customer_uid_usage": "payment"}, True),
        ({"customer_uid_usage": "payment"}, {}, False),
        ({"customer_uid_usage": "issue"}, {"customer_uid_usage": "issue", "pg_provider": "kakaopay"}, True),
        ({"customer_uid_usage": "issue"}, {"customer_uid_usage": "issue", "pay_method": "phone"}, True),
        (
            {"customer_uid_usage": "issue"},
            {"customer_uid_usage": "issue", "pg_provider": "html5_inicis"},
            False,
        ),
        ({"customer_uid": "c1"}, {"customer_uid": "c1"}, True),
        ({"customer_uid": "c1"}, {"customer_uid": "C1"}, False),
        ({"customer_uid": "c1"}, {"customer_uid": None}, False),
        ({}, {"customer_uid_usage": "payment"}, False),
        ({}, {"customer_uid_usage": ""}, True),
    ],
    ids=str,
)
def test_what_the_attempt_named_is_compared_and_nothing_else(asked, told, accepted):
    verdict = judge_payment(replace(ASKED, **asked), replace(Payment(), **told), test_mode=False)

    assert (verdict is None) == accepted


@pytest.mark.parametrize(
    ("sandbox", "test_mode", "proven", "reason"),
    [
        (False, False, True, None),
        (None, False, False, None),
        (True, False, False, Reason.TEST_PAYMENT),
        (False, True, True, None),
        (None, True, True, None),
        (True, True, True, None),
    ],
)
def test_only_an_explicit_live_channel_is_live(sandbox, test_mode, proven, reason):
    payment = replace(Payment(), sandbox=sandbox)

    assert is_proven_live(payment, test_mode=test_mode) is proven
    assert judge_payment(ASKED, payment, test_mode=test_mode) is reason
    assert proves(payment, merchant_uid="uid", imp_uid="imp_1", test_mode=test_mode) is proven


WANTS = OrderNow(amount=Decimal(50_000), currency="KRW", accepts=True, paid_by_another=False)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ({}, None),
        ({"amount": Decimal("50000.00")}, None),
        ({"amount": Decimal(49_999)}, Reason.ORDER_CHANGED),
        ({"currency": "USD"}, Reason.ORDER_CHANGED),
        ({"accepts": False}, Reason.ORDER_CLOSED),
        ({"accepts": False, "amount": Decimal(1)}, Reason.ORDER_CLOSED),
        ({"paid_by_another": True}, Reason.DUPLICATE),
        ({"paid_by_another": True, "accepts": False, "amount": Decimal(1)}, Reason.DUPLICATE),
    ],
    ids=str,
)
def test_whether_the_order_still_wants_it(now, reason):
    assert judge_order(ASKED, replace(WANTS, **now)) is reason


@pytest.mark.parametrize(
    "told",
    [
        {"imp_uid": "imp_2"},
        {"merchant_uid": "other"},
        {"merchant_uid": "UID"},
        {"status": "failed"},
        {"status": "ready"},
        {"status": "cancelled", "paid_at": None},
        {"status": "cancelled", "cancel_amount": 50_000},
        {"sandbox": None},
    ],
    ids=str,
)
def test_what_does_not_agree_in_everything_proves_nothing(told):
    assert not proves(replace(Payment(), **told), merchant_uid="uid", imp_uid="imp_1", test_mode=False)


def test_what_holds_nothing_is_never_refunded():
    assert HOLDS_NOTHING < NEVER_REFUNDED
    assert {"discount", "test_payment", "not_a_payment"} == NEVER_REFUNDED
