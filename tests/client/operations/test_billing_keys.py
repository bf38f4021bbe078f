"""Billing keys: one channel's or those of a group."""

from __future__ import annotations

import pytest

from django_iamport.client import Declined, NotFound, Refused
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


UNKNOWN = [(404, -1), (200, 1), (200, -1)]


@pytest.mark.parametrize(("status", "code"), UNKNOWN)
def test_an_unknown_key_is_not_found_whichever_way_the_gateway_says_so(
    client, gateway, answers, status, code
):
    keys = client.billing_keys
    gateway.answers = [answers.refusal(status, code)] * 2
    with pytest.raises(NotFound) as caught:
        keys.find("c1")
    assert (caught.value.status, caught.value.ids) == (status, {"customer_uid": "c1"})
    with pytest.raises(NotFound):
        list(keys.payments("c1"))


@pytest.mark.parametrize(("status", "code"), UNKNOWN[:2])
def test_a_key_that_is_gone_is_not_found_when_it_is_deleted(client, gateway, answers, status, code):
    gateway.answers = [answers.refusal(status, code)]
    with pytest.raises(NotFound):
        client.billing_keys.delete("c1")


def test_a_payment_company_that_keeps_a_key_has_declined(client, gateway, answers):
    gateway.answers = [answers.refusal(200, -1)]
    with pytest.raises(Declined):
        client.billing_keys.delete("c1")


@pytest.mark.parametrize(("status", "code"), UNKNOWN)
def test_among_several_keys_the_unknown_are_missing_either_way(client, gateway, answers, status, code):
    gateway.answers = [answers.refusal(status, code)]
    assert client.billing_keys.find_many(["c1"]).missing == ("c1",)


def test_another_refusal_stays_one(client, gateway, answers):
    gateway.answers = [answers.refusal(400, -1)]
    with pytest.raises(Refused) as caught:
        client.billing_keys.find("c1")
    assert not isinstance(caught.value, NotFound)
