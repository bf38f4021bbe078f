"""Billing keys: one channel's or those of a group."""

from __future__ import annotations

import pytest

from django_iamport.client import NotFound
from django_iamport.client.results import BillingKey, SuperBillingKey


def test_a_billing_key_is_of_one_channel_or_of_a_group(client, gateway, answers):
    group = {
        "customer_uid": "c1",
        "channelGroupId": "g",
        "succeededChannels": [{"pg_provider": "nice"}],
        "failedChannels": [{"type": "PG_PROVIDER", "message": "no"}],
    }
    gateway.answers = [answers.ok({"customer_uid": "c1", "card_type": 0}), answers.ok(group)]
    assert isinstance(client.billing_keys.find("c1"), BillingKey)
    key = client.billing_keys.find("c1")
    assert isinstance(key, SuperBillingKey)
    assert (key.channel_group_id, key.failed_channels[0].message) == ("g", "no")
    assert "c1" not in repr(key)


def test_an_error_names_every_id_of_its_call(client, gateway, answers):
    gateway.answers = [answers.refusal(404)]
    with pytest.raises(NotFound) as caught:
        client.billing_keys.delete("c1")
    assert caught.value.ids == {"customer_uid": "c1"}
    assert "customer_uid='c1'" in str(caught.value)
