"""What no database can keep of a gateway's text is left out wherever the text is stored."""

import json

import pytest

from django_iamport.models import Cancellation, History, Refund

pytestmark = pytest.mark.django_db(transaction=True)

ODD = "카\0드\ud800"


def test_nul_and_half_a_character_are_stored_nowhere(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, pay_method=ODD, pg_provider=ODD, **{"extra\0": {ODD: [ODD]}})

    row = confirm(attempt, imp_uid)

    assert (row.status, row.pay_method, row.pg_provider) == ("paid", "카드", "카드")
    heard = [entry.heard for entry in History.objects.of(row.merchant_uid)]
    assert heard[-1]["pay_method"] == "카드"
    assert "\\u0000" not in json.dumps([heard, row.answer])
    assert "\\ud800" not in json.dumps([heard, row.answer])


def test_neither_are_they_of_a_cancellation(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.cancel_in_console(row.imp_uid, 10_000)
    history = [{"amount": 10_000, "cancellation_id": ODD, "cancelled_at": 0, "reason": ODD}]
    iamport_sandbox.edit(row.imp_uid, cancel_history=history)

    confirm(attempt, row.imp_uid)
    confirm(attempt, row.imp_uid)

    assert [(each.entry, each.reason) for each in Cancellation.objects.all()] == [("카드", "카드")]


def test_neither_are_they_of_a_refusal(attempt):
    refund = Refund.objects.create(
        kind="refund", merchant_uid=attempt.merchant_uid, imp_uid="imp_1", amount=1, open_key="x"
    )
    refund.wait_for_operator("gateway_refused", ODD, retry_at=None)
    assert refund.gateway_message == "카드"
    refund.close("refused", "gateway_refused", ODD)
    assert refund.gateway_message == "카드"
