"""Words for the switches of what the gateway is known to do either way."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    title: Any
    words: Mapping[str, Any]


ANSWERS = {"failed": _("return a failed payment (code 0)"), "refused": _("are refused (code -1)")}
COUNTED = {"discounted": _("after the discount"), "undiscounted": _("before the discount")}
SWITCHES = {
    "partial_refund_reads": Words(
        _("Status of a partially refunded payment"), {"cancelled": "cancelled", "paid": "paid"}
    ),
    "declined_card_answers": Words(_("API payments that the card company declines"), ANSWERS),
    "invalid_card_answers": Words(_("API payments with invalid card data"), ANSWERS),
    "disputed_answers": Words(
        _("Answers on which the gateway's description and its official clients disagree"),
        {"recorded": _("as clients have recorded them"), "described": _("as the description says")},
    ),
    "promotion_amount_reads": Words(_("Amount shown of a payment with a promotion"), COUNTED),
    "promotion_cancels_count": Words(_("Amounts in a refund of a payment with a promotion"), COUNTED),
}
