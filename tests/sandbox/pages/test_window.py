import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.rules.billing.cards import TEST_CARDS, TestCard
from django_iamport.sandbox.rules.channels import TEST_KEY
from django_iamport.sandbox.state.clock import Clock

pytestmark = pytest.mark.django_db

Open = Callable[..., str]
CARD = {"action": "pay", "pay_method": "card", "card_code": "366", "agree": "on"}


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant())


def asked(client: Client, **change: Any) -> Any:
    params = {"merchant_uid": "order1", "amount": 50_000, "name": "양말 <b>", **change.pop("params", {})}
    body = {
        "merchant_code": "imp00000000",
        "params": params,
        "device": "pc",
        "origin": "http://testserver",
        **change,
    }
    return client.post("/sandbox/window/open", body, "application/json")


@pytest.fixture
def opened(client: Client) -> Open:
    def open_it(**params: Any) -> str:
        return str(asked(client, params=params).json()["url"])

    return open_it


def message(page: Any) -> Any:
    found = re.search(r'<script id="message" type="application/json">(.*?)</script>', page.content.decode())
    assert found
    return json.loads(found[1])


def test_the_page_shows_what_is_paid_and_escapes_it(client: Client, opened: Open) -> None:
    page = client.get(opened(), headers={"Accept-Language": "ko"})
    text = page.content.decode()
    assert "50,000원" in text
    assert "결제하기" in text
    assert "양말 &lt;b&gt;" in text
    assert "연습용" in text


@pytest.mark.parametrize(
    ("params", "accept", "expected"),
    [
        ({}, "ko-KR", "결제하기"),
        ({}, "en-US", ">Pay<"),
        ({}, "fr", ">Pay<"),
        ({"language": "ko"}, "en", "결제하기"),
        ({"language": "en"}, "ko", ">Pay<"),
        ({"language": "zh"}, "ko", "결제하기"),
    ],
)
def test_it_speaks_korean_and_english(
    client: Client, opened: Open, params: dict[str, str], accept: str, expected: str
) -> None:
    page = client.get(opened(**params), headers={"Accept-Language": accept})
    assert expected in page.content.decode()


def test_it_may_be_framed_by_its_shop_under_a_strict_policy(client: Client, opened: Open) -> None:
    page = client.get(opened())
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors http://testserver" in policy
    assert "unsafe" not in policy
    assert "X-Frame-Options" not in page
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "no-store"
    text = page.content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert re.findall(r"<script(?! src=)(?! id=\"message\")", text) == []


def test_an_origin_cannot_write_into_the_policy(client: Client) -> None:
    url = asked(client, origin="http://localhost/; script-src *").json()["url"]
    assert "script-src *" not in client.get(url)["Content-Security-Policy"]


def test_a_card_payment_answers_the_shop(client: Client, opened: Open, account: Account) -> None:
    url = opened()
    page = client.post(url, CARD | {"card_quota": "3"})
    (payment,) = account.payments()
    assert (payment["status"], payment["card_code"], payment["card_quota"]) == ("paid", "366", 3)
    result = message(page)
    assert result["action"] == "done"
    assert result["origin"] == "http://testserver"
    assert result["current"] == {"imp_uid": payment["imp_uid"], "merchant_uid": "order1"}
    assert payment["receipt_url"].startswith("http://testserver/sandbox/receipt/imp_")
    assert client.get(payment["receipt_url"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"pay_method": "trans", "bank_code": "004"}, ("paid", "trans")),
        ({"pay_method": "phone", "carrier": "KTF"}, ("paid", "phone")),
        ({"pay_method": "vbank", "vbank_code": "004"}, ("ready", "vbank")),
        ({"outcome": "decline"}, ("failed", "card")),
        ({"outcome": "pg_down"}, ("failed", "card")),
        ({"action": "close"}, ("failed", "card")),
        ({"outcome": "lost"}, ("paid", "card")),
    ],
)
def test_what_the_buyer_chooses_happens(
    client: Client, opened: Open, account: Account, form: dict[str, str], expected: tuple[str, str]
) -> None:
    client.post(opened(), CARD | form)
    (payment,) = account.payments()
    assert (payment["status"], payment["pay_method"]) == expected


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"agree": ""}, "Agree to the terms"),
        ({"card_code": ""}, "Choose a card company"),
        ({"card_code": "000"}, "Choose a card company"),
        ({"pay_method": "trans"}, "Choose a bank"),
        ({"pay_method": "vbank"}, "Choose a bank"),
        ({"pay_method": "phone"}, "Choose your carrier"),
    ],
)
def test_what_is_missing_is_said_and_nothing_happens(
    client: Client, opened: Open, account: Account, change: dict[str, str], text: str
) -> None:
    page = client.post(opened(), CARD | change)
    assert text in page.content.decode()
    assert account.payments()[0]["status"] == "ready"


@pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: str(card.name))
def test_test_cards_are_shown_and_do_what_is_written_on_them(
    client: Client, opened: Open, account: Account, card: TestCard
) -> None:
    url = opened()
    assert f"{card.number} · {card.reason}" in client.get(url).content.decode()
    client.post(url, CARD | {"test_card": card.number})
    (payment,) = account.payments()
    if card.at == "limit":
        assert payment["status"] == "paid"
    else:
        assert (payment["status"], payment["fail_reason"]) == ("failed", card.reason)


def test_a_company_that_is_down_is_told_in_its_words(client: Client, opened: Open) -> None:
    result = message(client.post(opened(), CARD | {"outcome": "pg_down"}))["current"]
    assert result["error_msg"] == "(PG사 결제 장애) Internal error"


def test_the_page_may_hear_before_the_webhook_leaves(
    client: Client, opened: Open, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = account.clock.now()
    monkeypatch.setattr(Clock, "now", lambda self: now)
    client.post(opened(notice_url="http://127.0.0.1:1/"), CARD | {"news": "page_first"})
    (webhook,) = account.webhooks()
    assert (webhook["status"], webhook["due_at"] - webhook["started_at"]) == ("waiting", 5)


def test_the_webhook_may_be_answered_before_the_page_hears(
    client: Client, opened: Open, account: Account
) -> None:
    client.post(opened(notice_url="http://127.0.0.1:1/"), CARD | {"news": "webhook_first"})
    (webhook,) = account.webhooks()
    assert (webhook["status"], webhook["error"]) == ("failed", "ConnectionError")


def test_what_is_wrong_is_said_beside_the_field_it_is_about(client: Client, opened: Open) -> None:
    text = client.post(opened(), CARD | {"card_code": "", "agree": ""}).content.decode()
    for name in ("card_code", "agree"):
        assert f'role="alert" id="problem-{name}"' in text
        assert f'aria-invalid="true" aria-describedby="problem-{name}"' in text


def test_a_configured_shop_is_called_by_its_name(client: Client, opened: Open, settings: Any) -> None:
    assert "<dd>testserver</dd>" in client.get(opened()).content.decode()
    settings.IAMPORT_SANDBOX_SHOP_NAME = "온새미로"
    assert "<dd>온새미로</dd>" in client.get(opened()).content.decode()


def test_a_lost_connection_tells_the_shop_nothing(client: Client, opened: Open) -> None:
    result = message(client.post(opened(m_redirect_url="http://testserver/back"), CARD | {"outcome": "lost"}))
    assert result["action"] == "lost"
    assert result["current"] is result["legacy"] is result["redirect_url"] is None


def test_an_issued_account_is_shown_before_the_window_ends(client: Client, opened: Open) -> None:
    page = client.post(opened(), CARD | {"pay_method": "vbank", "vbank_code": "088"})
    assert message(page)["wait"] is True
    assert "신한은행" in page.content.decode()
    assert "23:59 (KST)" in page.content.decode()


def test_phones_return_by_redirect(client: Client, opened: Open, account: Account) -> None:
    url = opened(m_redirect_url="http://testserver/back?a=1")
    result = message(client.post(url, {"action": "close"}))
    (payment,) = account.payments()
    assert result["redirect_url"].startswith(f"http://testserver/back?a=1&imp_uid={payment['imp_uid']}")


def test_a_window_that_ended_shows_its_result_again(client: Client, opened: Open, account: Account) -> None:
    url = opened()
    first = message(client.post(url, CARD))
    assert message(client.post(url, {"action": "close"})) == first
    assert message(client.get(url)) == first | {"again": True}
    assert account.payments()[0]["status"] == "paid"


def test_without_its_key_nobody_sees_or_acts(client: Client, opened: Open, account: Account) -> None:
    url = opened()
    foreign = url.rpartition("/")[0] + "/" + "x" * 32
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, CARD).status_code == 404
    assert client.get("/sandbox/window/imp_000000000000/x").status_code == 404
    assert account.payments()[0]["status"] == "ready"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"params": {"amount": 49_000}}, "사전등록된 금액"),
        ({"params": {"amount": "50000"}}, "결제금액이 올바르지"),
        ({"merchant_code": "imp99999999"}, "등록된 PG 설정 정보가 없습니다."),
    ],
)
def test_a_window_that_is_refused_says_why_without_imp_uid(
    client: Client, account: Account, change: dict[str, Any], text: str
) -> None:
    from decimal import Decimal

    account.prepare_create("order1", Decimal(50_000), "KRW")
    params = change.setdefault("params", {})
    params["m_redirect_url"] = "http://testserver/back"
    answer = asked(client, **change).json()
    assert answer["refused"]["imp_uid"] is None
    assert answer["refused"]["merchant_uid"] == "order1"
    assert text in answer["refused"]["error_msg"]
    assert "imp_success=false" in answer["redirect_url"]
    assert account.payments() == []


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"params": 1}', '"x"'])
def test_a_malformed_request_opens_nothing(client: Client, account: Account, body: str) -> None:
    assert client.post("/sandbox/window/open", body, "application/json").status_code == 400
    assert account.payments() == []


def test_the_test_channel_is_marked(client: Client, opened: Open) -> None:
    assert "Test channel" in client.get(opened(channelKey=TEST_KEY)).content.decode()
    assert "Test channel" not in client.get(opened()).content.decode()


def test_instalments_are_offered_for_larger_amounts(client: Client, opened: Open) -> None:
    assert "12 months" in client.get(opened()).content.decode()
    assert "12 months" not in client.get(opened(amount=49_999)).content.decode()


def test_the_shop_decides_about_instalments_and_companies(client: Client, opened: Open) -> None:
    card = {"detail": [{"card_code": "367", "enabled": True}]}
    url = opened(display={"card_quota": [6]}, card=card, useFreeInterestFromMall=True)
    text = client.get(url).content.decode()
    assert "6 months, interest-free" in text
    assert "3 months" not in text
    assert 'value="366"' not in text
    assert "Choose a card company" in client.post(url, CARD).content.decode()


def test_a_registration_offers_cards_only(client: Client, opened: Open) -> None:
    text = client.get(opened(customer_uid="c1", amount=0)).content.decode()
    assert "card_quota" not in text
    assert "Card registration" in text
    assert 'value="vbank"' not in text


@pytest.mark.parametrize("method", ["frame", "open"])
def test_the_wrong_method_is_refused(client: Client, method: str) -> None:
    wrong = client.post if method == "frame" else client.get
    assert wrong(f"/sandbox/window/{method}").status_code == 405
