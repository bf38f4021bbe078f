"""What shops send of a card, one that pays and one that no bank has issued; and of a person."""

from django_iamport.sandbox.rules.channels import CERTIFICATION_KEY

CARD = {"card_number": "4111-1111-1111-1111", "expiry": "2099-12", "birth": "900101", "pwd_2digit": "12"}
INVALID = {**CARD, "card_number": "0000-0000-0000-0000"}
PERSON = {
    "name": "홍길동",
    "phone": "01012345678",
    "birth": "900101",
    "gender_digit": "1",
    "carrier": "SKT",
    "channel_key": CERTIFICATION_KEY,
}
