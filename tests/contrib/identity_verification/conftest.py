"""A visitor who verifies himself, and whom the gateway knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_iamport.contrib.identity_verification.rules import Person
from tests.shop.models import IdentityVerification


class Visitor:
    def __init__(self, user: Any = None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)

    def post(self, name: str, /, **fields: Any) -> Any:
        return self.client.post(f"/identity/{name}/", json.dumps(fields), "application/json")

    def begin(self, **fields: Any) -> IdentityVerification:
        answer = self.post("begin", **fields).json()
        self.params: dict[str, Any] = answer["certification"]
        return IdentityVerification.objects.get(merchant_uid=answer["merchant_uid"])

    def claim(self, row: IdentityVerification, imp_uid: str = "") -> Any:
        named = {"imp_uid": imp_uid} if imp_uid else {}
        return self.post("validation", merchant_uid=row.merchant_uid, **named)

    def come_back(self, address: str, imp_uid: str) -> Any:
        """As a phone does, whose window was opened with that `m_redirect_url`."""
        path = address.removeprefix("http://testserver")
        return self.client.get(f"{path}&imp_uid={imp_uid}&success=true")


@pytest.fixture
def visitor(db: None) -> Visitor:
    """A guest."""
    return Visitor()


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any, Person], None]], None]:
    """Give the shop's model this `identity_verified`."""

    def give(told: Callable[[Any, Person], None]) -> None:
        monkeypatch.setattr(IdentityVerification, "identity_verified", told)

    return give


@pytest.fixture
def known(hook: Callable[..., None]) -> list[Person]:
    """Whom the shop's hook was told of."""
    people: list[Person] = []
    hook(lambda row, person: people.append(person))
    return people
