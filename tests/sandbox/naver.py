"""What a page orders at Naver Pay's order type."""

from typing import Any

ADDRESSES = {"infoUrl": "http://shop.invalid/p", "imageUrl": "http://shop.invalid/p.png"}
PREPAID = {"groupId": "", "method": "DELIVERY", "baseFee": 2_500, "feePayType": "PREPAYED"}


def product(**differing: Any) -> dict[str, Any]:
    """Two teas of 10,000 won each, sent for 2,500 won."""
    tea = {"id": "tea", "name": "녹차", "basePrice": 10_000, "taxType": "TAX", "quantity": 2}
    return {**tea, **ADDRESSES, "shipping": PREPAID, **differing}


def option(code: str, price: int, quantity: int, **selected: str) -> dict[str, Any]:
    selections = [{"code": value, "label": label, "value": value} for label, value in selected.items()]
    return {
        "optionQuantity": quantity,
        "optionPrice": price,
        "selectionCode": code,
        "selections": selections,
    }


CUP = product(id="cup", name="찻잔", basePrice=30_000, quantity=1, taxType="TAX_FREE")
