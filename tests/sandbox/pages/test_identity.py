import json
import re
from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules.services import certifications

pytestmark = pytest.mark.django_db

PERSON = {
    "action": "pay",
    "name": "김지은",
    "birth": "950314",
    "gender_digit": "2",
    "carrier": "SKT",
    "phone": "01012345678",
    "agree": "on",
    "outcome": "certify",
}


def opened(client: Client, **params: Any) -> Any:
    body = {
        "merchant_code": "imp00000000",
        "origin": "http://testserver",
        "params": {"merchant_uid": "c1", **params},
    }
    return client.post("/sandbox/window/certification", body, "application/json").json()


def message(page: Any) -> Any:
    found = re.search(r'<script id="message" type="application/json">(.*?)</script>', page.content.decode())
    assert found
    return json.loads(found[1])


def test_somebody_is_verified(client: Client) -> None:
    answer = opened(client, name="<b>", m_redirect_url="http://testserver/back?a=1")
    page = client.get(answer["url"])
    assert "&lt;b&gt;" in page.content.decode()
    assert "unsafe" not in page["Content-Security-Policy"]
    result = message(client.post(answer["url"], PERSON))
    assert result["current"] == {"success": True, "imp_uid": answer["imp_uid"], "merchant_uid": "c1"}
    assert result["redirect_url"].startswith("http://testserver/back?a=1&success=true")
    row = certifications.stored(DatabaseStore(), answer["imp_uid"])
    assert (row["name"], row["birthday"], row["phone"]) == ("김지은", "1995-03-14", "01012345678")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"name": ""}, "Enter your name."),
        ({"birth": "950230"}, "Enter your date of birth as six digits."),
        ({"birth": "95"}, "Enter your date of birth as six digits."),
        ({"gender_digit": "9"}, "Enter the digit after the date of birth."),
        ({"phone": "010-1234-5678"}, "Enter your mobile number without dashes."),
        ({"agree": ""}, "Agree to the terms to continue."),
        ({"carrier": "x"}, 'role="alert"'),
    ],
)
def test_what_is_missing_is_said(client: Client, change: dict[str, str], text: str) -> None:
    answer = opened(client)
    assert text in client.post(answer["url"], PERSON | change).content.decode()
    assert certifications.stored(DatabaseStore(), answer["imp_uid"])["status"] == "ready"


@pytest.mark.parametrize(
    ("params", "change", "reason"),
    [
        ({}, {"outcome": "fail"}, "본인인증에 실패하였습니다."),
        ({}, {"action": "close"}, "[결제포기] 사용자가 결제를 취소하셨습니다"),
        ({"min_age": 19}, {"birth": "200314", "gender_digit": "4"}, "이용 가능한 나이가 아닙니다."),
    ],
)
def test_a_failure_is_told_with_its_reason(
    client: Client, params: dict[str, Any], change: dict[str, str], reason: str
) -> None:
    answer = opened(client, **params)
    result = message(client.post(answer["url"], PERSON | change))["current"]
    assert result["success"] is False
    assert reason in result["error_msg"]
    assert certifications.stored(DatabaseStore(), answer["imp_uid"])["name"] is None


def test_a_window_that_ended_shows_its_result_again(client: Client) -> None:
    answer = opened(client)
    first = message(client.post(answer["url"], PERSON))
    assert message(client.post(answer["url"], {"action": "close"})) == first
    assert message(client.get(answer["url"])) == first | {"again": True}


def test_without_its_key_nobody_sees_or_acts(client: Client) -> None:
    answer = opened(client)
    foreign = answer["url"].rpartition("/")[0] + "/" + "x" * 32
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, PERSON).status_code == 404
    assert client.get("/sandbox/identity/imp_0/x").status_code == 404


def test_what_opens_no_window_says_why(client: Client) -> None:
    refused = opened(client, merchant_uid="x" * 41, m_redirect_url="http://testserver/back")
    assert refused["refused"]["imp_uid"] is None
    assert refused["redirect_url"].startswith("http://testserver/back?")
    wrong = {"merchant_code": "imp99999999", "params": {}}
    answer = client.post("/sandbox/window/certification", wrong, "application/json").json()
    assert answer["refused"]["error_msg"] == "등록된 PG 설정 정보가 없습니다."
    assert client.post("/sandbox/window/certification", "[]", "application/json").status_code == 400
