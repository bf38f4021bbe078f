"""Billing keys at the gateway: cards that customers registered, looked up, issued, charged and deleted.

Each may raise a `GatewayError`; of what changes something, `OutcomeUnknown` where the gateway may have done it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.views.decorators.debug import sensitive_variables

from django_iamport.client.results import BillingKey, SucceededChannel, SuperBillingKey
from django_iamport.exceptions import NotFound, UnexpectedAnswer
from django_iamport.rules.texts import storable

from .connection import client
from .moments import as_stored

# Seconds to connect and to read: the card company is asked before the gateway answers.
CHARGE_TIMEOUT = (3.05, 25)


@dataclass(frozen=True, repr=False)
class SeenKey:
    """A billing key as the gateway showed it; shows nothing in its repr.

    Where `updated` differs from `inserted`, another card took the place of the first one. `sandbox` is None where
    the answer doesn't tell. `card_number` is masked by the gateway, or empty.
    """

    customer_uid: str
    pg_provider: str
    sandbox: bool | None
    card_name: str
    card_number: str
    inserted: datetime | None
    updated: datetime | None

    @property
    def is_replaced(self) -> bool:
        return self.updated is not None and self.updated != self.inserted


@dataclass(frozen=True, repr=False)
class CardData:
    """What a key is issued for through the API; never stored, and shows nothing in its repr.

    `card_number` is `dddd-dddd-dddd-dddd`, `expiry` `YYYY-MM`, `birth` YYMMDD or a company's ten digits,
    `pwd_2digit` the first two digits of the password.
    """

    card_number: str
    expiry: str
    birth: str | None = None
    pwd_2digit: str | None = None


def find(customer_uid: str) -> SeenKey:
    """Raises `NotFound` where the gateway knows no such key.

    Said with 200 and a code, as it refuses other things, too, that is believed if another question says the same.
    """
    try:
        found = _seen(client().billing_keys.find(customer_uid))
    except NotFound as error:
        if error.status == HTTPStatus.OK and (shown := find_many([customer_uid]).get(customer_uid)):
            return shown
        raise
    if found.customer_uid != customer_uid:
        raise UnexpectedAnswer("The gateway answered with a billing key other than the one requested.")
    return found


def find_many(customer_uids: Iterable[str]) -> dict[str, SeenKey]:
    """Those of any number of keys that the gateway knows; what it can't tell of is left out of neither."""
    asked = list(customer_uids)
    found = client().billing_keys.find_many(asked) if asked else None
    if found is None:
        return {}
    if found.unreadable:
        raise UnexpectedAnswer("The gateway answered with a billing key that can't be read.")
    return {key.customer_uid: _seen(key) for key in found.found}


@sensitive_variables()
def issue(customer_uid: str, channel_key: str, card: CardData) -> SeenKey:
    """Raises `Declined` or `Refused` where the card is refused."""
    return _seen(
        client().billing_keys.issue(
            customer_uid,
            channel_key,
            card.card_number,
            card.expiry,
            birth=card.birth,
            pwd_2digit=card.pwd_2digit,
            timeout=CHARGE_TIMEOUT,
        )
    )


def delete(customer_uid: str, *, reason: str, requester: str) -> None:
    """Raises `NotFound` where there is none (any more); `requester` is `customer` or `admin`."""
    client().billing_keys.delete(customer_uid, reason=reason or None, requester=requester)


def charge(
    customer_uid: str,
    merchant_uid: str,
    *,
    amount: Decimal,
    currency: str,
    name: str,
    parameters: Mapping[str, Any],
) -> str:
    """Charge a key and answer the `imp_uid`, which says nothing yet: the payment has to be looked up.

    `amount` is in the currency's main unit (won for KRW). Raises `Declined` or `Refused` where no money moved.
    """
    options: Any = dict(parameters)
    return (
        client()
        .subscribe.again(
            customer_uid, merchant_uid, amount, name, currency=currency, timeout=CHARGE_TIMEOUT, **options
        )
        .imp_uid
    )


def _seen(key: BillingKey | SuperBillingKey) -> SeenKey:
    """Of the keys of several channels the first that was issued is shown."""
    if isinstance(key, BillingKey):
        return _facts(key.customer_uid, key, key.sandbox)
    if not key.succeeded_channels:
        raise UnexpectedAnswer("The gateway answered with a billing key of no channel.")
    return _facts(key.customer_uid, key.succeeded_channels[0], None)


def _facts(customer_uid: str, card: BillingKey | SucceededChannel, sandbox: bool | None) -> SeenKey:
    return SeenKey(
        customer_uid=customer_uid,
        pg_provider=storable(card.pg_provider or "")[:40],
        sandbox=sandbox,
        card_name=storable(card.card_name or card.card_issuer_name or "")[:60],
        card_number=storable(card.card_number or ""),
        inserted=card.inserted and as_stored(card.inserted),
        updated=card.updated and as_stored(card.updated),
    )
