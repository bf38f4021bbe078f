"""Parameters that several operations share."""

from typing import Any

from ..rules.money import DECIMALS
from ..rules.payments.orders import Order
from ..rules.refusals import WRONG_CURRENCY, WRONG_MERCHANT_UID, wrong_parameter
from .parameters import Parameters

LONGEST = {
    "name": 40,
    "buyer_name": 16,
    "buyer_email": 64,
    "buyer_tel": 16,
    "buyer_addr": 128,
    "buyer_postcode": 8,
}
LONGEST_CUSTOMER = {
    "customer_id": 80,
    "customer_name": 20,
    "customer_tel": 20,
    "customer_email": 200,
    "customer_addr": 200,
    "customer_postcode": 8,
}
LONGEST_MERCHANT_UID = 40
LONGEST_CUSTOMER_UID = 80
CARD_DATA = ("card_number", "expiry", "birth", "pwd_2digit", "cvc")


def merchant_uid(body: Parameters) -> str:
    return short_merchant_uid(body.required("merchant_uid"))


def short_merchant_uid(merchant_uid: str) -> str:
    """As it is. Raises Refusal for one of more than 40 characters."""
    if len(merchant_uid) > LONGEST_MERCHANT_UID:
        raise wrong_parameter(WRONG_MERCHANT_UID)
    return merchant_uid


def customer_uid(body: Parameters) -> str | None:
    return body.text("customer_uid", longest=LONGEST_CUSTOMER_UID)


def texts(body: Parameters, longest: dict[str, int]) -> dict[str, str | None]:
    return {name: body.text(name, longest=most) for name, most in longest.items()}


def card_data(body: Parameters) -> dict[str, Any]:
    return {name: body.text(name) for name in CARD_DATA}


def order(body: Parameters) -> Order:
    """What is to be paid."""
    currency = body.text("currency") or "KRW"
    if currency not in DECIMALS:
        raise wrong_parameter(WRONG_CURRENCY)
    amount = body.amount("amount", currency)
    if amount is None:
        raise wrong_parameter()
    return Order(
        merchant_uid=merchant_uid(body),
        amount=amount,
        currency=currency,
        tax_free=body.amount("tax_free", currency) or amount * 0,
        vat_amount=body.amount("vat_amount", currency),
        card_quota=body.whole("card_quota", 0),
        texts=texts(body, LONGEST),
        custom_data=body.json_text("custom_data"),
        notice_url=body.values("notice_url") or None,
    )
