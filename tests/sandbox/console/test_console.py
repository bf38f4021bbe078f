import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.delivery import faults, queue
from django_iamport.sandbox.delivery.queue import Outcome
from django_iamport.sandbox.rules import Account, Merchant, switches, webhook_settings
from django_iamport.sandbox.rules.naver import product_orders
from django_iamport.sandbox.rules.webhook_settings import WebhookSettings
from django_iamport.sandbox.state.clock import Clock
from tests.sandbox.naver import CUP, product

pytestmark = pytest.mark.django_db

Open = Callable[..., str]


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant(notice_url="http://shop.invalid/"))


def test_an_empty_account_says_so(client: Client) -> None:
    assert "No payment window has been opened yet." in client.get("/sandbox/").content.decode()


def test_payments_are_listed_with_amount_state_and_webhook(
    client: Client, account: Account, open_window: Open
) -> None:
    imp_uid = open_window(name="양말 <b>")
    account.approve(imp_uid)
    text = client.get("/sandbox/").content.decode()
    for text_shown in (imp_uid, "order1", "양말 &lt;b&gt;", "₩50,000", "Credit card", "Paid", "waiting"):
        assert text_shown in text
    korean = client.get("/sandbox/?language=ko").content.decode()
    assert "50,000원" in korean
    assert "결제완료" in korean


def test_a_waiting_account_takes_its_deposit(client: Client, account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    assert "Waiting for deposit" in client.get("/sandbox/").content.decode()
    pressed = {"from": "list", "language": "en"}
    response = client.post(f"/sandbox/console/payments/{imp_uid}/deposit", pressed, follow=True)
    assert account.payment(imp_uid)["status"] == "paid"
    assert "Deposit for" not in response.content.decode()
    assert "The deposit arrived." in response.content.decode()


def test_a_payment_is_cancelled_whole(client: Client, account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    client.post(f"/sandbox/console/payments/{imp_uid}/cancel", {"from": "list"})
    payment = account.payment(imp_uid)
    assert (payment["cancel_amount"], payment["cancel_reason"]) == (50_000, "관리자페이지취소")


@pytest.mark.parametrize("pressed", [{}, {"from": "list"}])
@pytest.mark.parametrize("action", ["deposit", "cancel", "expire", "void"])
def test_what_the_gateway_refuses_is_shown_where_it_was_asked(
    client: Client, open_window: Open, action: str, pressed: dict[str, str]
) -> None:
    imp_uid = open_window()
    page = client.post(f"/sandbox/console/payments/{imp_uid}/{action}", pressed)
    assert page.status_code == 409
    text = page.content.decode()
    assert 'role="alert"' in text
    assert ("API response" in text) is not bool(pressed)


def test_an_unknown_payment_or_action_is_not_found(client: Client, open_window: Open) -> None:
    assert client.get("/sandbox/console/payments/imp_0").status_code == 404
    assert client.post(f"/sandbox/console/payments/{open_window()}/nonsense").status_code == 404
    unknown = client.post("/sandbox/console/payments/imp_0/deposit")
    assert "존재하지 않는 결제정보입니다." in unknown.content.decode()


def test_another_site_cannot_press_its_buttons(account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/sandbox/console/payments/{imp_uid}/deposit").status_code == 403
    assert strict.get(f"/sandbox/console/payments/{imp_uid}/deposit").status_code == 405
    assert strict.post("/sandbox/console/reset").status_code == 403
    assert account.payment(imp_uid)["status"] == "ready"


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


def test_payments_are_filtered_by_status_and_number(
    client: Client, account: Account, open_window: Open
) -> None:
    paid = open_window(merchant_uid="orderpaid")
    account.approve(paid)
    open_window(merchant_uid="orderopen")

    def listed(query: str) -> set[str]:
        text = client.get(f"/sandbox/?{query}").content.decode()
        return {uid for uid in ("orderpaid", "orderopen") if f'data-merchant-uid="{uid}"' in text}

    assert listed("") == {"orderpaid", "orderopen"}
    assert listed("status=paid") == listed(f"q={paid}") == listed("q=+orderpaid") == {"orderpaid"}
    assert listed("status=ready&q=orderpaid") == set()
    assert "No matching payments." in client.get("/sandbox/?q=none").content.decode()
    assert listed("status=nonsense") == {"orderpaid", "orderopen"}


def test_a_payment_s_page_shows_what_the_api_answers(
    client: Client, account: Account, open_window: Open
) -> None:
    imp_uid = open_window(name="양말 <b>")
    result = {"code": 0, "message": None, "response": account.payment(imp_uid)}
    text = client.get(f"/sandbox/console/payments/{imp_uid}").content.decode()
    assert escape(json.dumps(result, ensure_ascii=False, indent=2)) in text
    assert "<b>" not in text


def test_a_part_is_given_back_for_a_reason(client: Client, account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    back = client.post(f"/sandbox/console/payments/{imp_uid}/cancel", {"amount": "20000", "reason": "반품"})
    assert back["Location"].startswith(f"/sandbox/console/payments/{imp_uid}?done=cancel")
    (part,) = account.payment(imp_uid)["cancel_history"]
    assert (part["amount"], part["reason"]) == (20_000, "반품")
    page = client.get(back["Location"]).content.decode()
    assert "Partially cancelled" in page
    assert "−₩20,000" in page


@pytest.mark.parametrize("amount", ["a lot", "-5", "0.001", "9" * 20])
def test_an_amount_that_is_none_moves_nothing(
    client: Client, account: Account, open_window: Open, amount: str
) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    page = client.post(f"/sandbox/console/payments/{imp_uid}/cancel", {"amount": amount})
    assert page.status_code == 409
    assert account.payment(imp_uid)["cancel_amount"] == 0


def test_a_webhook_is_shown_and_sent_again(client: Client, account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    row = queue.claim(account.store, account.clock.unix())
    assert row
    queue.record_outcome(account.store, row, Outcome(500, "<b>sorry"), account.clock.unix())
    text = client.get(f"/sandbox/console/payments/{imp_uid}").content.decode()
    for text_shown in ("http://shop.invalid/", "500", "&lt;b&gt;sorry"):
        assert text_shown in text
    client.post(f"/sandbox/console/webhooks/{row['key']}/resend")
    assert [each["status"] for each in account.webhooks(imp_uid)] == ["failed", "waiting"]
    assert client.post("/sandbox/console/webhooks/none/resend").status_code == 404


def test_faults_are_switched_on_counted_and_off(client: Client, account: Account) -> None:
    asked = {"operation": "payments.cancel", "kind": "timeout", "times": "2", "seconds": "30", "after": "on"}
    text = client.post("/sandbox/console/faults", asked, follow=True).content.decode()
    for text_shown in ("payments.cancel", "no response", "the next 2", "30 s", "after the work is done"):
        assert text_shown in text
    (fault,) = faults.armed(account.store)
    assert (fault.times, fault.seconds, fault.after) == (2, 30, True)
    client.post("/sandbox/console/faults", {"operation": "webhook", "kind": "duplicate", "times": ""})
    assert faults.armed(account.store)[1].times is None
    client.post("/sandbox/console/faults/off", {"key": fault.key})
    assert [fault.kind for fault in faults.armed(account.store)] == ["duplicate"]
    client.post("/sandbox/console/faults/off")
    assert faults.armed(account.store) == []


@pytest.mark.parametrize(
    "change",
    [{"operation": "webhook"}, {"kind": "duplicate"}, {"times": "0"}, {"seconds": "601"}, {"kind": ""}],
)
def test_a_fault_that_can_t_happen_is_not_switched_on(
    client: Client, account: Account, change: dict[str, str]
) -> None:
    page = client.post(
        "/sandbox/console/faults", {"operation": "payments.cancel", "kind": "timeout", "times": "1", **change}
    )
    assert page.status_code == 200
    assert faults.armed(account.store) == []


def test_settings_are_kept(client: Client, account: Account) -> None:
    headers = {"user_agent": "Shop/1", "forwarded_for": "52.78.100.19"}
    chosen = {"url": "http://127.0.0.1:9/hook", "content_type": "form", "repeats": "5", **headers}
    client.post("/sandbox/console/settings", {**chosen, "partial_refund_reads": "paid"})
    assert webhook_settings.read(account.store) == WebhookSettings(
        "http://127.0.0.1:9/hook", "form", 5, **headers
    )
    assert switches.read(account.store).partial_refund_reads == "paid"
    assert 'value="http://127.0.0.1:9/hook"' in client.get("/sandbox/console/settings").content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://x"},
        {"repeats": "3"},
        {"partial_refund_reads": "x"},
        {"user_agent": "한글"},
        {"forwarded_for": "shop.example"},
    ],
)
def test_wrong_settings_change_nothing(client: Client, account: Account, change: dict[str, str]) -> None:
    client.post("/sandbox/console/settings", {"url": "", "content_type": "form", "repeats": "5", **change})
    assert webhook_settings.read(account.store) == WebhookSettings()


def test_the_clock_is_moved(client: Client) -> None:
    store = DatabaseStore()
    client.post("/sandbox/console/clock", {"leap": "tomorrow"})
    assert Clock(store).ahead == 86_400
    assert 'class="ahead"' in client.get("/sandbox/").content.decode()
    client.post("/sandbox/console/clock", {"leap": "nonsense"})
    assert Clock(store).ahead == 86_400


def test_demo_payments_are_made_and_forgotten(client: Client, account: Account) -> None:
    client.post("/sandbox/console/seeds")
    assert "Due date passed" in client.get("/sandbox/").content.decode()
    client.post("/sandbox/console/reset")
    assert account.payments() == []


@pytest.mark.parametrize("path", ["", "console/payments/{}", "console/faults", "console/settings"])
def test_every_page_has_a_strict_policy_and_both_languages(
    client: Client, open_window: Open, path: str
) -> None:
    address = f"/sandbox/{path.format(open_window())}"
    page = client.get(address)
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert " style=" not in page.content.decode()
    assert ">Faults" in page.content.decode()
    assert ">장애" in client.get(f"{address}?language=ko").content.decode()


def test_product_orders_of_naver_pay_are_shown_with_what_their_buyer_may_do(
    client: Client, account: Account, open_at: Open
) -> None:
    imp_uid = open_at("naverco", naverProducts=[product(), CUP])
    account.approve(imp_uid)
    tea, _ = product_orders.of_payment(account, imp_uid)
    path = f"/sandbox/console/payments/{imp_uid}"
    text = client.get(f"{path}?language=en").content.decode()
    assert "₩22,500" in text
    assert f'id="ask_cancel-{tea["product_order_id"]}"' in text
    assert f'id="deliver-{tea["product_order_id"]}"' not in text
    pressed = {"product_order_id": tea["product_order_id"], "language": "en"}
    answer = client.post(f"{path}/ask_cancel", pressed, follow=True).content.decode()
    assert "The buyer asked to cancel." in answer
    assert f'id="ask_cancel-{tea["product_order_id"]}"' not in answer
    assert account.payment(imp_uid)["cancel_amount"] == 22_500


def test_a_file_of_payments_is_exported_and_imported(
    client: Client, account: Account, open_window: Open
) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    file = client.get("/sandbox/console/fixtures")
    assert file["Content-Disposition"] == 'attachment; filename="payments.json"'
    before = account.payment(imp_uid)
    account.store.clear()
    sent = {"file": SimpleUploadedFile("payments.json", file.content)}
    page = client.post("/sandbox/console/fixtures", sent, follow=True)
    assert "The payments were imported." in page.content.decode()
    assert account.payment(imp_uid) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "Choose a JSON file"),
        (b"\xff", "Choose a JSON file"),
        (b'{"payment": []}', "Choose a JSON file"),
        (b'{"payments": [{"amount": 1}]}', "payment 1 (new): merchant_uid is missing"),
    ],
)
def test_a_file_without_payments_is_refused(client: Client, content: bytes | None, says: str) -> None:
    sent = {"file": SimpleUploadedFile("payments.json", content)} if content else {}
    page = client.post("/sandbox/console/fixtures", sent)
    assert page.status_code == 409
    assert says in page.content.decode()


def test_payments_that_public_test_suites_ask_for_are_made(client: Client, account: Account) -> None:
    client.post("/sandbox/console/seeds", {"set": "public_tests"})
    assert account.payment("imp_448280090638")["status"] == "cancelled"


def test_what_clients_need_is_told_also_where_it_speaks_http(client: Client) -> None:
    text = client.get("/sandbox/console/clients").content.decode()
    assert "http://testserver/sandbox/api" in text
    assert "--tls" in text
    assert client.get("/sandbox/ca.pem").status_code == 404
