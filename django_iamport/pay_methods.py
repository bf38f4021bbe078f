"""Ways to pay as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import pgettext_lazy

# The gateway's words for them; those of a wallet are names (kakaopay) and stay as they are.
PAY_METHODS: Mapping[str, Any] = {
    "card": pgettext_lazy("payment method", "Credit card"),
    "trans": pgettext_lazy("payment method", "Bank transfer"),
    "vbank": pgettext_lazy("payment method", "Virtual account"),
    "phone": pgettext_lazy("payment method", "Mobile phone"),
}


def pay_method_in_words(pay_method: str) -> str:
    return str(PAY_METHODS.get(pay_method, pay_method))
