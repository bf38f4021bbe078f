"""The status that a shop gives to an order at PAYCO. It moves no money."""

from ..ledger import Ledger
from ..payments.balances import is_payco
from ..refusals import PAYCO_STATE, refused_by_pg

STATUSES = ("DELIVERY_START", "PURCHASE_DECISION", "CANCELED")
ENDS = ("PURCHASE_DECISION", "CANCELED")


def change_status(ledger: Ledger, imp_uid: str, status: str) -> dict[str, str]:
    """Raises Refusal for a payment that PAYCO didn't take, and where the order has ended."""
    with ledger.change(imp_uid) as payment:
        if not is_payco(payment) or not payment["paid_at"] or payment.get("payco_status") in ENDS:
            raise refused_by_pg(PAYCO_STATE)
        payment["payco_status"] = status
    return {"status": status}
