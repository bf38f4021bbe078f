"""Standard codes (KFTC) of card companies and banks, as far as the payment window offers them."""

CARDS = {
    "366": "신한카드",
    "381": "KB국민카드",
    "365": "삼성카드",
    "367": "현대카드",
    "368": "롯데카드",
    "361": "BC카드",
    "374": "하나카드",
    "041": "우리카드",
    "371": "NH카드",
    "370": "씨티카드",
    "090": "카카오뱅크카드",
    "089": "케이뱅크카드",
}

BANKS = {
    "004": "KB국민은행",
    "088": "신한은행",
    "020": "우리은행",
    "081": "하나은행",
    "011": "농협은행",
    "003": "기업은행",
    "071": "우체국",
    "045": "새마을금고",
    "032": "부산은행",
    "090": "카카오뱅크",
}

INSTALMENTS_FROM = 50_000
"""Won; smaller payments are taken at once."""

QUOTAS = (0, *range(2, 13))
"""Months of instalments, 0 for at once."""
