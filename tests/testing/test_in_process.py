from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from django_iamport import conf
from django_iamport.client import Declined, NotFound
from django_iamport.gateway import connection
from django_iamport.sandbox.rules import Refusal
from django_iamport.testing import Sandbox

ATTEMPT = SimpleNamespace(merchant_uid="m1", amount=Decimal("50000.00"), currency="KRW")


def ask(sandbox: Sandbox, method: str, path: str, **kwargs: Any) -> requests.Response:
    return connection.session().request(method, sandbox.base_url + path, timeout=5, **kwargs)


def test_the_settings_point_at_it_while_it_is_open() -> None:
    before = conf.get("IAMPORT_KEY")
    sandbox = Sandbox()
    sandbox.start()
    assert conf.get("IAMPORT_API_URL") == sandbox.base_url
    assert conf.get("IAMPORT_KEY") == "sandbox-key"
    sandbox.stop()
    assert conf.get("IAMPORT_KEY") == before
    assert sandbox.base_url not in connection.session().adapters


def test_two_of_them_know_nothing_of_each_other(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.pay(ATTEMPT)
    with pytest.raises(Refusal):
        Sandbox().payment(imp_uid)


@pytest.mark.parametrize("pay_method", ["card", "trans", "vbank", "phone"])
def test_a_payment_is_made_in_one_line(iamport_sandbox: Sandbox, pay_method: str) -> None:
    payment = iamport_sandbox.payment(iamport_sandbox.pay(ATTEMPT, pay_method=pay_method))
    assert (payment["status"], payment["pay_method"], payment["amount"]) == ("paid", pay_method, 50_000)


def test_a_forged_amount_passes_the_prepared_one_by(iamport_sandbox: Sandbox) -> None:
    iamport_sandbox.account.prepare_create("m1", Decimal(60_000), "KRW")
    with pytest.raises(Refusal):
        iamport_sandbox.pay(ATTEMPT)
    assert iamport_sandbox.payment(iamport_sandbox.pay(ATTEMPT, amount=100))["amount"] == 100


def test_what_else_a_forger_may_tell(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.pay(
        ATTEMPT, channel="test", customer_uid="c", pg_id="other", escrow=True, buyer_name="홍길동"
    )
    payment = iamport_sandbox.payment(imp_uid)
    assert payment["sandbox"] is payment["escrow"] is True
    assert (payment["pg_id"], payment["buyer_name"]) == ("other", "홍길동")
    assert payment["customer_uid_usage"] == "issue"


def test_a_second_payment_under_a_paid_merchant_uid_is_forced(iamport_sandbox: Sandbox) -> None:
    iamport_sandbox.pay(ATTEMPT)
    with pytest.raises(Refusal):
        iamport_sandbox.pay(ATTEMPT)
    assert iamport_sandbox.pay(ATTEMPT, force=True)


def test_calls_are_counted_as_method_and_path(iamport_sandbox: Sandbox) -> None:
    ask(iamport_sandbox, "GET", "/payments/imp_1?include_sandbox=true")
    ask(iamport_sandbox, "POST", "/payments/cancel", json={"imp_uid": "imp_1"})
    assert iamport_sandbox.calls == ["GET /payments/imp_1", "POST /payments/cancel"]
    iamport_sandbox.reset_calls()
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("get_token", "POST", "/users/getToken"),
        ("prepare.change", "PUT", "/payments/prepare"),
        ("prepare", "GET", "/payments/prepare/m"),
        ("payments.find", "GET", "/payments/imp_1"),
        ("payments.find_all_page", "GET", "/payments/findAll/m"),
        ("payments.find_many", "GET", "/payments?imp_uid[]=a"),
        ("payments.cancel", "POST", "/payments/cancel"),
        ("vbanks.void", "DELETE", "/vbanks/imp_1"),
    ],
)
def test_each_operation_fails_as_told_and_then_works(
    iamport_sandbox: Sandbox, operation: Any, method: str, path: str
) -> None:
    iamport_sandbox.fail_next(operation, times=2, timeout=True)
    iamport_sandbox.fail_next(operation, disconnect=True)
    iamport_sandbox.fail_next(operation, html=True)
    iamport_sandbox.fail_next(operation, status=429)
    iamport_sandbox.fail_next(operation, body='{"code"')
    for expected in (requests.ReadTimeout, requests.ReadTimeout, requests.ConnectionError):
        with pytest.raises(expected):
            ask(iamport_sandbox, method, path)
    page = ask(iamport_sandbox, method, path)
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert ask(iamport_sandbox, method, path).status_code == 429
    assert ask(iamport_sandbox, method, path).text == '{"code"'
    assert ask(iamport_sandbox, method, path).status_code in (401, 404)


def test_after_means_that_the_work_was_done(iamport_sandbox: Sandbox) -> None:
    credentials = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
    answer = ask(iamport_sandbox, "POST", "/users/getToken", json=credentials).json()
    headers = {"Authorization": answer["response"]["access_token"]}
    imp_uid = iamport_sandbox.pay(ATTEMPT)
    for after, cancelled in [(False, 0), (True, 50_000)]:
        iamport_sandbox.fail_next("payments.cancel", timeout=True, after=after)
        with pytest.raises(requests.ReadTimeout):
            ask(iamport_sandbox, "POST", "/payments/cancel", json={"imp_uid": imp_uid}, headers=headers)
        assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == cancelled


def test_something_else_happens_while_a_call_is_under_way(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.pay(ATTEMPT)
    find = connection.client().payments.find
    iamport_sandbox.meanwhile("payments.find", lambda: iamport_sandbox.cancel_in_console(imp_uid))
    assert [find(imp_uid).status, find(imp_uid).status] == ["paid", "cancelled"]


def test_it_may_happen_during_any_call_of_a_group(iamport_sandbox: Sandbox) -> None:
    during: list[str] = []
    iamport_sandbox.meanwhile("payments", lambda: during.append("of the group"))
    iamport_sandbox.meanwhile("payments.cancel", lambda: during.append("of its own"))
    for method, path in [
        ("GET", "/payments/prepare/m"),
        ("POST", "/payments/cancel"),
        ("GET", "/payments/imp_1"),
    ]:
        during.append(path)
        ask(iamport_sandbox, method, path)
    assert during == [
        "/payments/prepare/m",
        "/payments/cancel",
        "of its own",
        "/payments/imp_1",
        "of the group",
    ]


@pytest.mark.parametrize("operation", ["look", "find", "every", "webhook"])
def test_nothing_happens_during_an_operation_that_there_isn_t(
    iamport_sandbox: Sandbox, operation: str
) -> None:
    with pytest.raises(ValueError, match="unknown operation"):
        iamport_sandbox.meanwhile(operation, print)


def test_an_unknown_operation_is_a_mistake_of_the_test(iamport_sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown operation"):
        iamport_sandbox.fail_next("refund")


def test_webhooks_wait_until_they_are_delivered(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.pay(ATTEMPT)
    assert iamport_sandbox.webhooks == [{"imp_uid": imp_uid, "merchant_uid": "m1", "status": "paid"}]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({}, ["m1", "m2", "m3"]),
        ({"lose": True}, ["m2", "m3"]),
        ({"duplicate": True}, ["m1", "m2", "m3", "m1"]),
        ({"reorder": True}, ["m2", "m1", "m3"]),
    ],
)
def test_webhooks_may_be_lost_doubled_or_out_of_order(
    iamport_sandbox: Sandbox, fault: dict[str, bool], expected: list[str]
) -> None:
    heard = []

    class Listener:
        def post(self, path: str, body: Any, content_type: str) -> Any:
            heard.append(body["merchant_uid"])
            return SimpleNamespace(status_code=200)

    if fault:
        iamport_sandbox.fail_next("webhook", **fault)  # type: ignore[arg-type]
    for merchant_uid in ("m1", "m2", "m3"):
        iamport_sandbox.pay(merchant_uid=merchant_uid, amount=1_000)
    iamport_sandbox.deliver_webhooks(Listener())  # type: ignore[arg-type]
    assert heard == expected
    assert iamport_sandbox.webhooks == []


def test_a_webhook_can_not_answer_html(iamport_sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="not a fault of 'webhook'"):
        iamport_sandbox.fail_next("webhook", html=True)


def test_time_passes_at_the_gateway_alone(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.issue_account(ATTEMPT)
    iamport_sandbox.tick(days=30, hours=12)
    iamport_sandbox.tick(days=1)
    with pytest.raises(Refusal):
        iamport_sandbox.deposit(imp_uid)


def test_the_gateway_tells_nonsense_on_demand(iamport_sandbox: Sandbox) -> None:
    imp_uid = iamport_sandbox.pay(ATTEMPT)
    iamport_sandbox.edit(imp_uid, amount="50000", without=("sandbox",))
    assert iamport_sandbox.payment(imp_uid)["amount"] == "50000"
    assert "sandbox" not in iamport_sandbox.payment(imp_uid)


def test_the_gateway_answers_the_other_way_where_it_does_either(iamport_sandbox: Sandbox) -> None:
    for words in ("recorded", "described"):
        iamport_sandbox.switch(disputed_answers=words)
        with pytest.raises(NotFound):
            connection.client().billing_keys.find("nobody")
    with pytest.raises(ValueError, match="disputed_answers"):
        iamport_sandbox.switch(disputed_answers="perhaps")


def test_an_account_has_other_channels(iamport_sandbox: Sandbox) -> None:
    iamport_sandbox.use_channels(
        [{"pg": "kakaopay", "mid": "TC0ONETIME", "test": True, "rules": {"partial_refunds": False}}]
    )
    imp_uid = iamport_sandbox.pay(merchant_uid="a", amount=1_000, channel="test")
    payment = iamport_sandbox.payment(imp_uid)
    assert (payment["pg_provider"], payment["pg_id"], payment["sandbox"]) == ("kakaopay", "TC0ONETIME", True)
    with pytest.raises(Declined):
        connection.client().payments.cancel(imp_uid=imp_uid, amount=400)
    with pytest.raises(LookupError, match="no live channel"):
        iamport_sandbox.pay(merchant_uid="b", amount=1_000)
    with pytest.raises(ValueError, match="channel 1: pg: 'other'"):
        iamport_sandbox.use_channels([{"pg": "other", "mid": "a"}])
