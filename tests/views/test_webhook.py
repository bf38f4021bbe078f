"""The gateway's notices: hints, taken in whatever their order, and answered so that a retry helps."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from django_iamport import signals
from tests.shop.models import Order, OrderTransaction, TicketTransaction


def post(body, content_type="application/json"):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(reverse("iamport:webhook"), body, content_type)


@pytest.fixture
def attempt(attempt, iamport_sandbox):
    iamport_sandbox.reset_calls()
    return attempt


def fresh():
    return OrderTransaction.objects.get()


@pytest.mark.on_each_pair
@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_is_understood(attempt, iamport_sandbox, content_type):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid, "status": "paid"}
    response = post(body, content_type)
    assert (response.status_code, response.json()) == (200, {"status": "stored"})
    assert fresh().status == "paid"


@pytest.mark.on_each_pair
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "text/json; charset=utf-8",
    ],
)
def test_json_is_understood_whatever_it_is_called(attempt, iamport_sandbox, content_type):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    client = Client(enforce_csrf_checks=True)
    response = client.generic("POST", reverse("iamport:webhook"), json.dumps(body), content_type)
    assert (response.status_code, response.json()) == (200, {"status": "stored"})
    assert fresh().status == "paid"


def test_a_form_without_a_name_of_its_kind_is_told_so(attempt, iamport_sandbox):
    body = f"imp_uid={iamport_sandbox.pay(attempt)}"
    response = post(body, "text/plain")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")


@pytest.mark.on_each_pair
def test_a_form_is_understood(attempt, iamport_sandbox):
    body = f"imp_uid={iamport_sandbox.pay(attempt)}&merchant_uid={attempt.merchant_uid}&status=paid"
    assert post(body, "application/x-www-form-urlencoded").status_code == 200
    assert fresh().status == "paid"


@pytest.mark.parametrize(
    "more",
    [
        {"status": "paid"},
        {"status": "ready"},
        {"status": "failed"},
        {"status": "cancelled", "cancellation_id": "cancel_1"},
        {"status": "a word of next year", "added_next_year": {"deep": [1, None, 0.5]}},
        {"event": "Inicis.Escrow.Changed", "status": "paid", "extra": {"escrow_status": "3"}},
    ],
)
def test_whatever_event_it_tells_of_the_gateway_is_asked(attempt, iamport_sandbox, more):
    imp_uid = iamport_sandbox.pay(attempt)
    assert post({"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid, **more}).status_code == 200
    assert fresh().status == "paid"
    assert len(iamport_sandbox.calls) == 1


@pytest.mark.parametrize("named", ["imp_uid", "merchant_uid"])
def test_one_of_the_two_ids_is_enough(attempt, iamport_sandbox, named):
    ids = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    assert post({named: ids[named]}).status_code == 200
    assert fresh().status == "paid"


def test_what_it_says_of_the_payment_is_not_believed(attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.decline(attempt)
    post({"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid, "status": "paid", "amount": 50_000})
    assert fresh().status == "failed"


def test_each_one_adds_one_lookup(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    iamport_sandbox.deliver_webhooks()
    assert len(iamport_sandbox.calls) == 1


@pytest.mark.parametrize(
    "merchant_uid", ["othershop1", "test" + "a" * 26, "A" * 40, "a" * 90_000, "차", 5, "..", "' OR 1=1"]
)
def test_ids_that_are_not_ours_are_none_of_our_business(attempt, iamport_sandbox, merchant_uid):
    response = post({"imp_uid": "imp_1", "merchant_uid": merchant_uid})
    assert (response.status_code, response.json()) == (200, {"status": "ignored"})
    assert iamport_sandbox.calls == []


def test_a_payment_of_another_shop_on_the_account_is_ignored(attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(merchant_uid="othershop1", amount=50_000)
    responses = [post({"imp_uid": imp_uid}), post({"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid})]
    assert [response.json() for response in responses] == [{"status": "ignored"}] * 2
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 0
    assert fresh().status == "ready"


def test_a_copy_of_the_shop_with_another_prefix_confirms_and_refunds_nothing(
    attempt, iamport_sandbox, settings
):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "staging"
    assert post({"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid}).json() == {"status": "ignored"}
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 0
    assert iamport_sandbox.calls == []
    assert fresh().status == "ready"


def test_an_unknown_imp_uid_is_worth_a_retry(attempt, iamport_sandbox):
    response = post({"imp_uid": "imp_000000000000", "merchant_uid": attempt.merchant_uid})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "payment_unknown")
    assert fresh().backlog_code == "payment_unknown"


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500])
def test_whatever_the_gateway_refuses_another_delivery_is_asked_for(attempt, iamport_sandbox, status):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    for operation in ("payments.find", "payments.find_all_page"):
        iamport_sandbox.fail_next(operation, times=2, status=status)
    assert post(body).status_code >= 500
    assert fresh().backlog_since is not None


@pytest.mark.on_each_pair
def test_repeated_it_stores_once(attempt, iamport_sandbox, heard):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    assert [post(body).status_code for _ in range(3)] == [200] * 3
    assert heard.names == ["payment_paid"]


def test_before_the_callback_the_callback_asks_nobody(shopper, iamport_sandbox):
    attempt = shopper.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.deliver_webhooks()
    iamport_sandbox.reset_calls()
    assert shopper.claim(attempt, imp_uid).json()["status"] == "paid"
    assert iamport_sandbox.calls == []


def test_in_any_order_the_gateways_truth_is_stored(attempt, iamport_sandbox, heard):
    imp_uid = iamport_sandbox.pay(attempt)
    early = list(iamport_sandbox.webhooks)
    iamport_sandbox.cancel_in_console(imp_uid, 20_000)
    bodies = [*early, *iamport_sandbox.webhooks]
    assert len(bodies) >= 2
    for body in reversed(bodies):
        assert post(body).status_code == 200
    stored = fresh()
    assert (stored.status, stored.cancel_amount) == ("paid", 20_000)
    assert heard.names == ["payment_paid", "payment_cancelled"]
    assert stored.order.status == "paid"


@pytest.mark.on_each_pair
def test_an_account_and_its_deposit_arrive_by_webhooks_alone(attempt, iamport_sandbox, heard):
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.deliver_webhooks()
    assert fresh().is_awaiting_deposit
    iamport_sandbox.deposit(imp_uid)
    assert {response.status_code for response in iamport_sandbox.deliver_webhooks()} == {200}
    assert fresh().status == "paid"
    assert heard.names == ["payment_ready", "payment_paid"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"html": True, "times": 2},
        {"timeout": True, "times": 2},
        {"status": 401, "times": 2},
        {"body": "[]"},
    ],
)
def test_where_the_gateway_is_down_a_retry_is_asked_for_and_sync_takes_it_up(attempt, iamport_sandbox, fault):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    iamport_sandbox.fail_next("payments.find", **fault)
    assert post(body).status_code == 503
    assert fresh().backlog_since is not None
    out = StringIO()
    call_command("iamport_sync", stdout=out)
    assert out.getvalue() == "paid: 1\n"
    assert fresh().status == "paid"


@pytest.mark.on_each_pair
def test_a_shop_whose_receiver_fails_is_told_again_and_stores_nothing_before(
    attempt, iamport_sandbox, receive
):
    body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
    broken = [True]

    def stock(transaction, order, **kwargs):
        Order.objects.filter(pk=order.pk).update(note="taken from stock")
        if broken:
            raise KeyError("no such product")

    receive(signals.payment_paid, stock)
    response = post(body)
    assert (response.status_code, response.json()["error"]["code"]) == (503, "receiver_failed")
    assert "no such product" not in response.content.decode()
    stored = fresh()
    assert (stored.status, stored.imp_uid, stored.order.note) == ("ready", None, "")
    broken.clear()
    assert post(body).status_code == 200
    assert fresh().order.note == "taken from stock"


@pytest.mark.parametrize("imp_uid", ["../prepare", "a b", "a" * 51, [], 1.5, True])
def test_an_odd_imp_uid_is_malformed(attempt, iamport_sandbox, imp_uid):
    response = post({"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("body", [{}, {"status": "paid"}, {"imp_uid": "", "merchant_uid": ""}, ""])
def test_without_ids_nobody_is_asked(attempt, iamport_sandbox, body):
    assert post(body).status_code in (200, 400)
    assert iamport_sandbox.calls == []


def test_half_a_character_is_not_worth_a_retry(attempt):
    assert post('{"merchant_uid": "\\ud800", "imp_uid": "imp_1"}').status_code in (200, 400)


@pytest.mark.on_each_pair
def test_looking_at_it_is_refused(db):
    assert Client().get(reverse("iamport:webhook")).status_code == 405


@pytest.mark.on_each_pair
def test_it_serves_every_kind_of_transaction(shopper, iamport_sandbox):
    shopper.client.post("/tickets/create_ajax/", {"checkout_key": "k" * 32}, "application/json")
    iamport_sandbox.pay(TicketTransaction.objects.get())
    assert [response.status_code for response in iamport_sandbox.deliver_webhooks()] == [200]
    assert TicketTransaction.objects.get().status == "paid"


def test_the_second_payment_under_one_merchant_uid_is_heard_of_and_goes_back(attempt, iamport_sandbox):
    first = iamport_sandbox.pay(attempt)
    second = iamport_sandbox.pay(attempt, force=True)
    assert {response.status_code for response in iamport_sandbox.deliver_webhooks()} == {200}
    assert iamport_sandbox.payment(first)["cancel_amount"] == 0
    assert iamport_sandbox.payment(second)["cancel_amount"] == 50_000
