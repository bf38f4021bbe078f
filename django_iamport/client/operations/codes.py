"""The codes of card companies and banks."""

from __future__ import annotations

from dataclasses import dataclass

from django_iamport.client.http.answer import Answer, reader, rows_of
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack


@dataclass(frozen=True, slots=True, repr=False)
class Code(Answer):
    """A three-digit code and whose it is."""

    repr_fields = ("code", "name")
    code: str
    name: str | None


read_code = reader(Code)

CARDS = Operation("codes.cards", "GET", "/cards", rows_of(read_code))
CARD = Operation("codes.card", "GET", "/cards/{card_standard_code}", read_code)
BANKS = Operation("codes.banks", "GET", "/banks", rows_of(read_code))
BANK = Operation("codes.bank", "GET", "/banks/{bank_standard_code}", read_code)


class Codes(Group):
    def cards(self, **options: Unpack[Options]) -> tuple[Code, ...]:
        """All card companies. Raises GatewayError."""
        return self._call(CARDS, locals())

    def card(self, card_standard_code: str, **options: Unpack[Options]) -> Code:
        """The card company under a code, such as `361`. Raises NotFound, or another GatewayError."""
        return self._call(CARD, locals())

    def banks(self, **options: Unpack[Options]) -> tuple[Code, ...]:
        """All banks. Raises GatewayError."""
        return self._call(BANKS, locals())

    def bank(self, bank_standard_code: str, **options: Unpack[Options]) -> Code:
        """The bank under a code, such as `088`. Raises NotFound, or another GatewayError."""
        return self._call(BANK, locals())
