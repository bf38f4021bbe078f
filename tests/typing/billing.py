"""A shop that saves cards, as mypy --strict sees it; never run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from typing_extensions import assert_type

from django_iamport.contrib.billing.admin import BillingKeyAdminMixin
from django_iamport.contrib.billing.exceptions import BillingKeyRefused, ChargeDeclined, ChargeUnknown
from django_iamport.contrib.billing.models import AbstractBillingKey, CardData
from django_iamport.contrib.billing.views import CardsView, CardValidationView
from django_iamport.models import AbstractTransaction, PayableMixin
from tests.shop.models import Order


class Card(AbstractBillingKey):
    class Meta(AbstractBillingKey.Meta):
        app_label = "shop"

    def may_charge(self, order: PayableMixin) -> bool:
        return isinstance(order, Order) and super().may_charge(order)

    def get_charge_parameters(self, order: Order, transaction: AbstractTransaction) -> dict[str, Any]:
        return {"tax_free": order.amount, "card_quota": 3}


class CardAdmin(BillingKeyAdminMixin, admin.ModelAdmin[Card]):
    list_display = ("__str__", "shown_status")


class MyCards(CardsView):
    billing_key_model = Card


class Validation(CardValidationView):
    billing_key_model = Card

    def get_next(self, card: AbstractBillingKey) -> str:
        return "/mine/"

    def answer(self, card: AbstractBillingKey, following: str | None, message: str) -> Mapping[str, Any]:
        return {**super().answer(card, following, message), "card": str(card)}


def charge(user: User, order: Order) -> str:
    assert_type(Card.objects.saved(user), QuerySet[Card])
    card = Card.objects.default(user) or Card.objects.create_new(user, channel="card")
    assert_type(card, Card)
    try:
        assert_type(card.charge(order, name="Tea"), AbstractTransaction)
    except ChargeDeclined as declined:
        return declined.reason
    except ChargeUnknown as unknown:
        return str(unknown.transaction)
    return card.card_number


async def charge_soon(card: Card, order: Order) -> None:
    assert_type(await card.acharge(order), AbstractTransaction)


def issue(user: User) -> Card | None:
    card = CardData(card_number="0000-0000-0000-0000", expiry="2030-12", birth="900101")
    try:
        return Card.objects.issue(user, card, channel_key="channel-key", by=user)
    except BillingKeyRefused:
        return None
