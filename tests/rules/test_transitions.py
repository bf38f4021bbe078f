"""What a stored transaction does when a payment is seen: the whole table."""

import pytest

from django_iamport.rules.standing import Standing
from django_iamport.rules.transitions import MOVES, Move, move

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
@pytest.mark.parametrize("seen", COLUMNS)
def test_sums_that_differ_move_nothing(status, seen):
    said = move(status, Standing(seen), same_imp_uid=True, sums_differ=True)
    taken_back = MOVES[status].get(Standing(seen)) is Move.TAKEN_BACK
    assert said is (Move.TAKEN_BACK if taken_back else Move.SUMS_DIFFER)


@pytest.mark.parametrize("status", TABLE)
@pytest.mark.parametrize("same_imp_uid", [True, False])
def test_a_contradiction_moves_nothing(status, same_imp_uid):
    assert move(status, Standing.UNCLEAR, same_imp_uid=same_imp_uid) is Move.UNCLEAR


@pytest.mark.parametrize("seen", [s for s in Standing if s is not Standing.UNCLEAR])
def test_cancelled_is_final_for_its_own_payment_only(seen):
    assert move("cancelled", seen, same_imp_uid=False) is move("ready", seen, same_imp_uid=True)


def test_nothing_that_was_paid_becomes_ready_failed_or_rejected():
    assert set(MOVES["paid"].values()) == {Move.CANCEL, Move.TAKEN_BACK}
