"""The rules of money by table."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from django_iamport.rules.money import is_payable
from django_iamport.rules.payment import Evidence
from django_iamport.rules.standing import Standing, counting, is_proven_live, standing
from django_iamport.rules.transitions import MOVES, Move, move
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

NOON = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Promotion:
    discount: int | Decimal


@dataclass(frozen=True)
class Payment:
    imp_uid: str = "imp_1"
    merchant_uid: str = "uid"
    status: str = "paid"
    amount: int | Decimal = 50_000
    cancel_amount: int | Decimal = 0
    currency: str = "KRW"
    sandbox: bool | None = False
    customer_uid_usage: str | None = None
    promotion: Promotion | None = None
    pg_id: str | None = "mid"
    escrow: bool | None = False
    vbank_num: str | None = None
    started_at: datetime | None = NOON
    paid_at: datetime | None = NOON


ASKED = Asked(amount=Decimal(50_000), currency="KRW")


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


KEEP, JUDGE, WAIT, FAIL, CANCEL, BACK = "keep", "judge", "wait", "fail", "cancel", "taken_back"
TABLE = {
    #            held   waiting open  refunded failed voided
    "ready": (JUDGE, WAIT, KEEP, CANCEL, FAIL, CANCEL),
    "failed": (JUDGE, WAIT, KEEP, CANCEL, KEEP, CANCEL),
    "paid": (KEEP, BACK, BACK, CANCEL, BACK, BACK),
    "rejected": (KEEP, KEEP, KEEP, CANCEL, KEEP, KEEP),
    "cancelled": (KEEP, KEEP, KEEP, KEEP, KEEP, KEEP),
}
COLUMNS = ("held", "waiting", "open", "refunded", "failed", "voided")


@pytest.mark.parametrize(
    ("status", "seen", "expected"),
    [(status, seen, to) for status, row in TABLE.items() for seen, to in zip(COLUMNS, row, strict=True)],
)
def test_what_a_stored_transaction_does(status, seen, expected):
    assert move(status, Standing(seen), same_imp_uid=True).value == expected


@pytest.mark.parametrize("status", TABLE)
@pytest.mark.parametrize("same_imp_uid", [True, False])
def test_a_contradiction_moves_nothing(status, same_imp_uid):
    assert move(status, Standing.UNCLEAR, same_imp_uid=same_imp_uid) is Move.UNCLEAR


@pytest.mark.parametrize("seen", [s for s in Standing if s is not Standing.UNCLEAR])
def test_cancelled_is_final_for_its_own_payment_only(seen):
    assert move("cancelled", seen, same_imp_uid=False) is move("ready", seen, same_imp_uid=True)


def test_nothing_that_was_paid_becomes_ready_failed_or_rejected():
    assert set(MOVES["paid"].values()) == {Move.CANCEL, Move.TAKEN_BACK}


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
        ({"customer_uid_usage": "issue"}, {"customer_uid_usage": "issue"}, True),
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


@pytest.mark.parametrize(
    ("age", "stored_age", "stale"),
    [(0, None, False), (60, None, False), (61, None, True), (10, 10, False), (10, 20, False), (10, 9, True)],
)
def test_evidence_has_an_age(age, stored_age, stale):
    stored = None if stored_age is None else NOON - timedelta(seconds=stored_age)

    assert Evidence(Payment(), NOON - timedelta(seconds=age)).is_stale(now=NOON, stored=stored) is stale


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


@pytest.mark.parametrize(
    ("amount", "currency", "payable"),
    [
        ("1", "KRW", True),
        ("50000.00", "KRW", True),
        ("0", "KRW", False),
        ("0.00", "USD", False),
        ("-1", "KRW", False),
        ("1.5", "KRW", False),
        ("0.01", "KRW", False),
        ("10.5", "USD", True),
        ("0.01", "USD", True),
        ("0.001", "USD", False),
        ("100.5", "JPY", False),
        ("100.5", "VND", False),
        ("999999999999", "KRW", True),
        ("1000000000000", "KRW", False),
        ("NaN", "KRW", False),
        ("Infinity", "USD", False),
    ],
)
def test_what_can_be_asked_for(amount, currency, payable):
    assert is_payable(Decimal(amount), currency) is payable


def test_what_holds_nothing_is_never_refunded():
    assert HOLDS_NOTHING < NEVER_REFUNDED
    assert {"discount", "test_payment", "not_a_payment"} == NEVER_REFUNDED
