"""Money that goes back, to the card as well that it came from."""

from ...state.stores import Row
from ..ledger import Ledger
from ..payments import cancels
from ..payments.cancels import CancelRequest
from . import cards


def refund(ledger: Ledger, row: Row, request: CancelRequest) -> str:
    """Answers the `cancellation_id`. Raises Refusal."""
    before = cancels.refundable(row)
    channel = ledger.channels.of_key(row.get("channel_key"))
    rules = None if channel is None else channel.rules
    cancellation_id = cancels.cancel(row, request, ledger.clock.unix(), ledger.switches, rules)
    cards.give_back(ledger.store, row["test_number"], before - cancels.refundable(row))
    return cancellation_id
