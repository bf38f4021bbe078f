"""Virtual accounts without a window."""

from __future__ import annotations

from datetime import datetime, timezone

MOMENT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def test_inicis_own_key_goes_into_the_query_of_a_post(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    client.vbanks.issue("channel", "m1", 1000, "088", MOMENT, pg_api_key="k&y")
    assert gateway.calls == ["POST /vbanks?pg_api_key=k%26y"]
    assert gateway.seen[-1].body["vbank_due"] == 1_704_067_200


def test_an_account_is_voided(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment(status="cancelled", pay_method="vbank"))]
    assert client.vbanks.void("imp_1").status == "cancelled"
    assert gateway.calls == ["DELETE /vbanks/imp_1"]
