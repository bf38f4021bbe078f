"""What will happen to a payment by itself when its time comes: it is approved after all."""

from ...state.stores import Row
from ..ledger import Ledger

KIND = "approval"
WAITING = "waiting"


def plan(ledger: Ledger, imp_uid: str, moment: int) -> None:
    """The failed payment is approved at `moment` (unix seconds)."""
    row: Row = {
        "imp_uid": imp_uid,
        "status": WAITING,
        "schedule_at": moment,
        "receipt_url": ledger.merchant.receipt_url,
    }
    ledger.store.put(KIND, imp_uid, row)
