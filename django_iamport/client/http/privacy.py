"""Personal and secret parameters, kept out of the texts that a payment company sends back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

PRIVATE = frozenset(
    {
        "addr",
        "barcode",
        "benepia_password",
        "benepia_user",
        "birth",
        "browser_ip",
        "business_registration_number",
        "bypass",
        "card_number",
        "code_verifier",
        "company_name",
        "company_tel",
        "corp_reg_no",
        "cust_ip",
        "custom_data",
        "cvc",
        "escrow_password",
        "expiry",
        "identifier",
        "imp_key",
        "imp_secret",
        "name",
        "otp",
        "pg_api_key",
        "phone",
        "postcode",
        "pwd_2digit",
        "secure_3d_charge_id",
        "secure_3d_token",
        "tel",
        "vbank_holder",
        "vbank_key",
        "vbank_num",
    }
)
PRIVATE_FAMILIES = ("buyer_", "customer_", "refund_", "shipping_address_")
IDS = frozenset({"customer_uid"})
HIDDEN = "***"


def without_private(text: object, sent: Mapping[str, Any]) -> str:
    """The text without what was sent and is nobody else's business; `""` for anything but text.

    A number is hidden however it is punctuated: `1234-5678` also as `12345678`.
    """
    cleaned = text if isinstance(text, str) else ""
    for value in sorted(_private_values(sent), key=len, reverse=True):
        cleaned = cleaned.replace(value, HIDDEN)
        digits = re.sub(r"\D", "", value)
        if len(digits) >= 6:
            cleaned = re.sub(r"[-\s]?".join(digits), HIDDEN, cleaned)
    return cleaned


def _private_values(sent: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sent.items():
        parts = value if isinstance(value, (list, tuple)) else [value]
        for part in parts:
            if isinstance(part, Mapping):
                yield from _private_values(part)
            elif isinstance(part, str) and part and _is_private(name):
                yield part


def _is_private(name: str) -> bool:
    return name in PRIVATE or (name.startswith(PRIVATE_FAMILIES) and name not in IDS)
