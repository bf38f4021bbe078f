"""What holds for every call of a client: the sub-merchant, the address, the language of errors."""

from __future__ import annotations

import pytest

from django_iamport.client import GatewayError


def test_a_sub_merchants_code_goes_with_every_call(make_client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    make_client(tier="A01").payments.find("imp_1")
    assert gateway.seen[-1].headers["Tier"] == "A01"


def test_a_sub_merchants_code_may_be_another_for_one_call(make_client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())] * 2
    client = make_client(tier="A01")
    client.payments.find("imp_1", tier="B02")
    assert gateway.seen[-1].headers["Tier"] == "B02"
    client.payments.find("imp_1", tier=None, extra_query={"new": [1, True]})
    assert "Tier" not in gateway.seen[-1].headers
    assert gateway.calls[-1] == "GET /payments/imp_1?new=1&new=true"


def test_a_base_url_may_have_a_path(make_client, gateway, answers):
    gateway.token_answers = [answers.says(200, answers.granted())]
    gateway.answers = [answers.says(200, answers.granted()), answers.ok(answers.payment())]
    make_client(base_url=f"{gateway.url}/sandbox/api/").payments.find("imp_1")
    assert gateway.calls == ["POST /sandbox/api/users/getToken", "GET /sandbox/api/payments/imp_1"]


def test_an_error_speaks_the_readers_language_where_somebody_knows_it(client, gateway, answers, monkeypatch):
    gateway.answers = [answers.refusal(404)]
    with pytest.raises(GatewayError) as caught:
        client.payments.find("imp_9")
    monkeypatch.setattr("django_iamport.client.IamportError.translations", {})
    assert caught.value.message == str(caught.value)
    monkeypatch.setattr("django_iamport.client.IamportError.translations", {"gateway_not_found": "없습니다"})
    assert caught.value.message == "없습니다"
