from collections.abc import Callable

import pytest
from django.test import Client

from django_iamport.sandbox.clock import Clock
from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.gateway import Account, Gateway

pytestmark = pytest.mark.django_db

Open = Callable[..., str]


@pytest.fixture
def gateway() -> Gateway:
    return Gateway(DatabaseStore(), Clock(), Account(notice_url="http://shop.invalid/"))


def test_an_empty_account_says_so(client: Client) -> None:
    assert "No payment window was opened yet." in client.get("/sandbox/").content.decode()


def test_payments_are_listed_with_amount_state_and_webhook(
    client: Client, gateway: Gateway, open_window: Open
) -> None:
    imp_uid = open_window(name="양말 <b>")
    gateway.approve(imp_uid)
    text = client.get("/sandbox/").content.decode()
    for shown in (imp_uid, "order1", "양말 &lt;b&gt;", "₩50,000", "Credit card", "Paid", "waiting"):
        assert shown in text
    korean = client.get("/sandbox/?language=ko").content.decode()
    assert "50,000원" in korean
    assert "결제완료" in korean


def test_a_waiting_account_takes_its_deposit(client: Client, gateway: Gateway, open_window: Open) -> None:
    imp_uid = gateway.issue_vbank(open_window())["imp_uid"]
    assert "Waiting for deposit" in client.get("/sandbox/").content.decode()
    response = client.post("/sandbox/deposit", {"imp_uid": imp_uid, "language": "en"}, follow=True)
    assert gateway.payment(imp_uid)["status"] == "paid"
    assert "Deposit for" not in response.content.decode()


def test_a_payment_is_cancelled_whole(client: Client, gateway: Gateway, open_window: Open) -> None:
    imp_uid = open_window()
    gateway.approve(imp_uid)
    client.post("/sandbox/cancel", {"imp_uid": imp_uid})
    payment = gateway.payment(imp_uid)
    assert (payment["cancel_amount"], payment["cancel_reason"]) == (50_000, "관리자페이지취소")


@pytest.mark.parametrize("action", ["deposit", "cancel"])
def test_what_the_gateway_refuses_is_shown(client: Client, open_window: Open, action: str) -> None:
    page = client.post(f"/sandbox/{action}", {"imp_uid": open_window()}, follow=True)
    assert 'role="alert"' in page.content.decode()
    unknown = client.post(f"/sandbox/{action}", {"imp_uid": "imp_0"}, follow=True)
    assert "존재하지 않는 결제정보입니다." in unknown.content.decode()


def test_another_site_cannot_press_its_buttons(gateway: Gateway, open_window: Open) -> None:
    imp_uid = gateway.issue_vbank(open_window())["imp_uid"]
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sandbox/deposit", {"imp_uid": imp_uid}).status_code == 403
    assert strict.get(f"/sandbox/deposit?imp_uid={imp_uid}").status_code == 405
    assert gateway.payment(imp_uid)["status"] == "ready"


def test_many_payments_are_paged(client: Client, open_window: Open) -> None:
    for number in range(51):
        open_window(merchant_uid=f"order{number:02d}")
    first = client.get("/sandbox/").content.decode()
    assert "order50" in first
    assert "order00" not in first
    assert "?page=2" in first
    second = client.get("/sandbox/?page=2").content.decode()
    assert "order00" in second
    assert client.get("/sandbox/?page=nonsense").status_code == 200


def test_it_has_a_strict_policy_of_its_own(client: Client) -> None:
    page = client.get("/sandbox/")
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert " style=" not in page.content.decode()
