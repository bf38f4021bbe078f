"""Apps listen for notices that tell more; of attempts that are not ours they hear nothing."""

import json

import pytest
from django.urls import reverse

from django_iamport.webhooks import events


@pytest.fixture
def heard(monkeypatch):
    heard = []
    monkeypatch.setattr(events, "_listeners", {})
    events.listen("Parcel.Moved", lambda attempt, imp_uid, extra: heard.append((attempt.pk, imp_uid, extra)))
    return heard


def post(client, **body):
    return client.post(reverse("iamport:webhook"), json.dumps(body), content_type="application/json")


def test_who_listens_is_told_after_the_gateway_was_asked(client, attempt, iamport_sandbox, heard):
    ids = {"merchant_uid": attempt.merchant_uid, "imp_uid": iamport_sandbox.pay(attempt)}
    assert post(client, event="Parcel.Moved", extra={"to": 1}, **ids).status_code == 200
    assert heard == [(attempt.pk, ids["imp_uid"], {"to": 1})]
    attempt.refresh_from_db()
    assert attempt.status == "paid"


@pytest.mark.parametrize(
    "other", [{"event": "Parcel.Lost"}, {"event": ["Parcel.Moved"]}, {"extra": "x"}, {"extra": None}]
)
def test_other_notices_are_only_hints(client, attempt, iamport_sandbox, heard, other):
    ids = {"merchant_uid": attempt.merchant_uid, "imp_uid": iamport_sandbox.pay(attempt)}
    assert post(client, **{"event": "Parcel.Moved", "extra": {}, **ids, **other}).status_code == 200
    assert heard == []


def test_foreign_numbers_are_nobodys_news(client, iamport_sandbox, heard, db):
    post(client, event="Parcel.Moved", extra={}, merchant_uid="elsewhere", imp_uid="imp_123456789012")
    events.hear("Parcel.Moved", "elsewhere", "imp_123456789012", {})
    assert heard == []
