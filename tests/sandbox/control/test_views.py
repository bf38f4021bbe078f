"""The control API as a test in another language would use it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client

from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.delivery import faults
from django_iamport.sandbox.delivery.faults import Fault
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock

pytestmark = pytest.mark.django_db

BUY = {"merchant_uid": "order1", "amount": 50_000, "name": "양말"}


class Told(NamedTuple):
    status: int
    body: Any


Ask = Callable[..., Told]


@pytest.fixture
def account() -> Account:
    return Account(DatabaseStore(), Clock(), Merchant(notice_url="http://shop.invalid/"))


@pytest.fixture
def ask() -> Ask:
    client = Client(enforce_csrf_checks=True)

    def ask_it(method: str, path: str, body: Any = None, **headers: str) -> Told:
        response = client.generic(
            method,
            f"/sandbox/control/{path}",
            b"" if body is None else Client()._encode_json(body, "application/json"),
            "application/json",
            headers=headers,
        )
        assert response["Content-Type"] == "application/json"
        return Told(response.status_code, response.json())

    return ask_it


def buy(ask: Ask, *then: str) -> str:
    result = ask("POST", "payments", {"request_pay": BUY, "then": list(then)})
    assert result.status == 200, result
    return str(result.body["payment"]["imp_uid"])


@pytest.fixture
def _with_address(settings: Any) -> None:
    settings.IAMPORT_SANDBOX_NOTICE_URL = "http://shop.invalid/"


@pytest.mark.usefixtures("_with_address")
def test_a_payment_is_made_without_a_browser(ask: Ask) -> None:
    imp_uid = buy(ask, "decline", "approve")
    result = ask("GET", f"payments/{imp_uid}").body
    assert (result["payment"]["status"], result["payment"]["amount"]) == ("paid", 50_000)
    assert [webhook["body"]["status"] for webhook in result["webhooks"]] == ["paid"]
    listed = ask("GET", "payments?status=paid").body
    assert (listed["total"], listed["payments"]) == (1, [result["payment"]])
    assert ask("GET", "payments?status=failed").body["total"] == 0


def test_a_payment_that_is_refused_at_its_second_step_is_not_made(ask: Ask, account: Account) -> None:
    result = ask("POST", "payments", {"request_pay": BUY, "then": ["approve", "deposit"]})
    assert (result.status, result.body["error"]["code"]) == (409, "refused")
    assert account.payments() == []


def test_actions_answer_the_payment_as_it_is_then(ask: Ask) -> None:
    imp_uid = buy(ask, "issue_vbank")
    short = ask("POST", f"payments/{imp_uid}/deposit", {"amount": 100})
    assert (short.status, short.body["error"]["code"]) == (409, "refused")
    assert ask("POST", f"payments/{imp_uid}/deposit").body["payment"]["status"] == "paid"
    part = ask("POST", f"payments/{imp_uid}/cancel", {"amount": 10_000, "reason": "반품"})
    assert part.body["payment"]["cancel_amount"] == 10_000


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("payments/imp_0", "refused"),
        ("payments/imp_0/nonsense", "unknown_action"),
        ("webhooks/none/resend", "unknown_webhook"),
    ],
)
def test_what_isn_t_there_is_not_found(ask: Ask, path: str, code: str) -> None:
    result = ask("GET" if path == "payments/imp_0" else "POST", path)
    assert (result.status, result.body["error"]["code"]) == (404, code)


def test_faults_are_switched_on_and_off(ask: Ask) -> None:
    result = ask(
        "POST", "faults", {"operation": "payments.cancel", "kind": "timeout", "times": 2, "after": True}
    )
    assert faults.armed(DatabaseStore()) == [Fault(**result.body["fault"])]
    ask("POST", "faults", {"operation": "webhook", "kind": "duplicate"})
    left = ask("DELETE", f"faults/{result.body['fault']['key']}").body["faults"]
    assert [fault["kind"] for fault in left] == ["duplicate"]
    assert ask("DELETE", "faults/unknown").status == 404
    assert ask("DELETE", "faults").body["faults"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"operation": "payments.cancel"},
        {"operation": "payments.cancel", "kind": "fire"},
        {"operation": 1, "kind": "error"},
        {"operation": "payments.cancel", "kind": "error", "key": "k"},
        {"operation": "payments.cancel", "kind": "error", "times": 0},
        {"operation": "payments.cancel", "kind": "error", "times": "2"},
        {"operation": "payments.cancel", "kind": "delay", "seconds": "3"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(ask: Ask, wrong: dict[str, Any]) -> None:
    result = ask("POST", "faults", wrong)
    assert (result.status, result.body["error"]["code"]) == (400, "wrong_value")
    assert faults.armed(DatabaseStore()) == []


def test_a_fault_that_was_asked_for_strikes_the_rest_api(ask: Ask, client: Client) -> None:
    ask("POST", "faults", {"operation": "get_token", "kind": "rate_limit"})
    credentials = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
    url = "/sandbox/api/users/getToken"
    said = [client.post(url, credentials, "application/json").status_code for _ in range(2)]
    assert said == [429, 200]


def test_a_fault_may_last_parts_of_a_second(ask: Ask) -> None:
    result = ask("POST", "faults", {"operation": "payments.cancel", "kind": "delay", "seconds": 0.5})
    assert result.body["fault"]["seconds"] == 0.5


def test_settings_are_read_and_changed_one_by_one(ask: Ask) -> None:
    changed = ask("PATCH", "settings", {"url": "http://shop.invalid/hook", "content_type": "form"}).body
    assert changed == ask("GET", "settings").body
    assert (changed["url_in_force"], changed["repeats"]) == ("http://shop.invalid/hook", 0)
    assert ask("PATCH", "settings", {"repeats": 3}).status == 400
    assert ask("PATCH", "settings", {"url": None, "repeats": 5}).body["url_in_force"] is None


def test_switches_are_settings_too(ask: Ask) -> None:
    assert ask("GET", "settings").body["partial_refund_reads"] == "cancelled"
    changed = ask("PATCH", "settings", {"partial_refund_reads": "paid", "repeats": 5}).body
    assert (changed["partial_refund_reads"], changed["repeats"]) == ("paid", 5)
    assert ask("PATCH", "settings", {"partial_refund_reads": "ready", "repeats": 0}).status == 400
    assert ask("PATCH", "settings", {"partial_refund_reads": "cancelled", "repeats": 3}).status == 400
    assert ask("GET", "settings").body == changed


def test_time_leaps_as_in_the_console(ask: Ask) -> None:
    before = ask("GET", "clock").body["now"]
    assert ask("POST", "clock", {"leap": "week"}).body["now"] - before >= 7 * 86_400
    assert ask("POST", "clock", {"leap": "year"}).status == 400


def test_a_webhook_is_sent_again(ask: Ask, settings: Any) -> None:
    settings.IAMPORT_SANDBOX_NOTICE_URL = "http://127.0.0.1:1/"
    imp_uid = buy(ask, "approve")
    (sent,) = ask("POST", "webhooks/deliver").body["webhooks"]
    assert (sent["status"], sent["error"]) == ("failed", "ConnectionError")
    again = ask("POST", f"webhooks/{sent['key']}/resend").body["webhook"]
    assert (again["status"], again["body"]) == ("waiting", sent["body"])
    assert len(ask("GET", f"webhooks?imp_uid={imp_uid}").body["webhooks"]) == 2
    assert ask("GET", "webhooks?imp_uid=imp_0").body["webhooks"] == []


def test_time_passes_when_it_is_told_to(ask: Ask) -> None:
    before = ask("GET", "clock").body["now"]
    try:
        after = ask("POST", "clock", {"days": 1, "hours": 2}).body["now"]
        assert 93_600 <= after - before < 93_610
        assert ask("GET", "clock").body["now"] >= after
    finally:
        ask("POST", "reset")


@pytest.mark.parametrize(
    "wrong", [{}, {"days": -1}, {"days": "1"}, {"weeks": 1}, {"days": 10**9}, {"days": True}]
)
def test_time_does_not_pass_by_nonsense(ask: Ask, wrong: dict[str, Any]) -> None:
    assert ask("POST", "clock", wrong).status == 400


def test_reset_forgets_everything(ask: Ask, account: Account) -> None:
    buy(ask, "approve")
    ask("POST", "faults", {"operation": "every", "kind": "error", "times": None})
    ask("PATCH", "settings", {"repeats": 5})
    ask("POST", "reset")
    result = ask("GET", "").body
    assert (result["payments"], result["faults"], result["settings"]["repeats"]) == (0, [], 0)
    assert account.webhooks() == []


def test_reset_keeps_the_account_s_own_keys(ask: Ask, account: Account) -> None:
    account.store.put("account", "made_up", {"key": "k"})
    ask("POST", "reset")
    assert account.store.get("account", "made_up") == {"key": "k"}


def test_there_is_something_to_look_at(ask: Ask) -> None:
    sown = ask("POST", "seeds").body["imp_uids"]
    assert ask("GET", "payments?limit=200").body["total"] == len(sown) > 10


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "page=0", "page=x", "limit=-1"])
def test_pages_are_numbers(ask: Ask, query: str) -> None:
    assert ask("GET", f"payments?{query}").status == 400


@pytest.mark.parametrize("body", ["[]", "{", '"x"', "1"])
def test_a_body_that_is_no_object_is_malformed(client: Client, body: str) -> None:
    result = client.post("/sandbox/control/faults", body, "application/json")
    assert (result.status_code, result.json()["error"]["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver:81"},
    ],
)
def test_a_page_of_another_site_may_not_ask(ask: Ask, account: Account, headers: dict[str, str]) -> None:
    buy(ask)
    result = ask("POST", "reset", **headers)
    assert (result.status, result.body["error"]["code"]) == (403, "foreign_page")
    assert len(account.payments()) == 1


def test_the_console_s_own_page_may_ask(ask: Ask) -> None:
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert ask("POST", "reset", **own).status == 200


def test_the_wrong_method_is_refused(ask: Ask) -> None:
    assert ask("GET", "reset").status == 405
    assert ask("PUT", "settings", {}).body["error"]["code"] == "wrong_method"


def test_payments_are_exported_and_come_back_with_their_numbers(ask: Ask) -> None:
    imp_uid = buy(ask, "approve")
    exported = ask("GET", "fixtures").body
    assert [payment["imp_uid"] for payment in exported["payments"]] == [imp_uid]
    before = ask("GET", f"payments/{imp_uid}").body["payment"]
    ask("POST", "reset")
    assert ask("POST", "fixtures", exported).body == {"imp_uids": [imp_uid]}
    assert ask("GET", f"payments/{imp_uid}").body["payment"] == before


@pytest.mark.parametrize("wrong", [{}, {"payments": [], "more": 1}, {"payments": [{"amount": 1}]}])
def test_payments_that_make_no_sense_are_not_imported(ask: Ask, wrong: dict[str, Any]) -> None:
    result = ask("POST", "fixtures", wrong)
    assert (result.status, result.body["error"]["code"]) == (400, "wrong_value")


def test_a_body_larger_than_the_server_takes_is_named(ask: Ask, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    result = ask("POST", "fixtures", {"payments": [{"name": "Tea"}]})
    assert (result.status, result.body["error"]["code"]) == (413, "too_large")


def test_payments_that_public_test_suites_ask_for_are_a_seed(ask: Ask) -> None:
    assert "imp_448280090638" in ask("POST", "seeds", {"set": "public_tests"}).body["imp_uids"]
    assert ask("GET", "payments/imp_448280090638").body["payment"]["status"] == "cancelled"
    assert ask("POST", "seeds", {"set": "other"}).status == 400
