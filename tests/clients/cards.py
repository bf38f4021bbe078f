"""Card data as shops send it with the card number in the open: one that pays, one that no bank has issued."""

CARD = {"card_number": "4111-1111-1111-1111", "expiry": "2099-12", "birth": "900101", "pwd_2digit": "12"}
INVALID = {**CARD, "card_number": "0000-0000-0000-0000"}
