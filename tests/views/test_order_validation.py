"""What the browser claims is looked up; what it may hear is what it may see; what it asks is cheap."""

import pytest

from django_iamport.models import Refund
from tests.shop.models import Order, OrderTransaction

VIEWS = ["order_create_ajax", "order_checkout", "order_validation", "webhook"]


@pytest.fixture
def begun(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.reset_calls()
    return attempt


def fresh():
    return OrderTransaction.objects.get()


@pytest.mark.on_each_pair
def test_a_payment_that_the_lookup_proves_leads_to_the_receipt(shopper, begun, iamport_sandbox):
    response = shopper.claim(begun, iamport_sandbox.pay(begun))
    assert response.json() == {
        "status": "paid",
        "merchant_uid": begun.merchant_uid,
        "next": f"/pay/order/complete/{begun.merchant_uid}/",
        "message": "",
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_the_first_claim_costs_one_lookup_and_the_second_none(shopper, begun, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(begun)
    answers = [shopper.claim(begun, imp_uid).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert iamport_sandbox.calls == [f"GET /payments/{imp_uid}"]


def test_a_failure_is_told_in_the_payment_companys_words_and_stays_open(shopper, begun, iamport_sandbox):
    answer = shopper.claim(begun, iamport_sandbox.decline(begun, reason="한도 초과")).json()
    assert (answer["status"], answer["next"], answer["message"]) == ("failed", None, "한도 초과")
    assert shopper.claim(begun, iamport_sandbox.pay(begun)).json()["status"] == "paid"


@pytest.mark.on_each_pair
def test_an_issued_account_leads_to_the_page_that_shows_it(shopper, begun, iamport_sandbox):
    answer = shopper.claim(begun, iamport_sandbox.issue_account(begun)).json()
    assert (answer["status"], answer["next"]) == ("ready", f"/pay/order/complete/{begun.merchant_uid}/")


# What a body may be.

BODIES = [
    (b"{", "malformed_request"),
    (b"[]", "malformed_request"),
    (b'"text"', "malformed_request"),
    (b"null", "malformed_request"),
    (b"5", "malformed_request"),
    (b"\xff\xfe", "malformed_request"),
    (b"[" * 99_000, "malformed_request"),
    (b'{"a":' * 19_000, "malformed_request"),
    (b'{"merchant_uid": ' + b"9" * 5_000 + b"}", "malformed_request"),
    (b'{"merchant_uid": "' + b"a" * 1_000_000 + b'"}', "body_too_large"),
    (b" " * 3_000_000, "body_too_large"),
]


@pytest.mark.on_each_pair
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("body", "code"), BODIES)
def test_a_body_that_cannot_be_read_is_an_error_of_the_caller(shopper, iamport_sandbox, view, body, code):
    response = shopper.client.post(f"/pay/{PATHS[view]}", body, "application/json")
    assert response.json()["error"]["code"] == code
    assert response.status_code == {"malformed_request": 400, "body_too_large": 413}[code]
    assert not Order.objects.exists()
    assert iamport_sandbox.calls == []


PATHS = {
    "order_create_ajax": "order/create_ajax/",
    "order_checkout": "order/checkout/",
    "order_validation": "order/validation/",
    "webhook": "webhook/",
}


@pytest.mark.on_each_pair
@pytest.mark.parametrize("body", [b"a" * 1_000_000, b"=&" * 10])
def test_a_form_that_is_too_large_or_empty_changes_nothing(shopper, begun, body):
    response = shopper.client.post("/pay/order/validation/", body, "application/x-www-form-urlencoded")
    assert response.status_code in (404, 413)
    assert fresh().status == "ready"


@pytest.mark.parametrize("field", ["merchant_uid", "imp_uid"])
@pytest.mark.parametrize("value", [True, 1.5, [], {}, ["a"], "a\0b"])
def test_a_field_of_another_type_is_malformed(shopper, begun, iamport_sandbox, field, value):
    claimed = {"merchant_uid": begun.merchant_uid, "imp_uid": "imp_1", field: value}
    response = shopper.post("order_validation", claimed)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")
    assert iamport_sandbox.calls == []


@pytest.mark.parametrize("imp_uid", ["imp 1", "../prepare", "imp_1?x=1", "imp/1", "a" * 51, "임프", "%2e%2e"])
def test_an_imp_uid_that_the_gateway_never_gave_is_not_asked_for(shopper, begun, iamport_sandbox, imp_uid):
    response = shopper.claim(begun, imp_uid)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_request")
    assert iamport_sandbox.calls == []


def test_half_a_character_names_no_attempt(shopper, begun):
    body = '{"merchant_uid": "\\ud800"}'
    response = shopper.client.post("/pay/order/validation/", body, "application/json")
    assert response.status_code in (400, 404)


@pytest.mark.on_each_pair
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("view", VIEWS)
def test_only_posts_are_answered(shopper, view, method):
    assert getattr(shopper.client, method)(f"/pay/{PATHS[view]}").status_code == 405


# Whose attempt.


@pytest.mark.on_each_pair
def test_attempts_of_others_and_attempts_that_do_not_exist_look_the_same(
    shopper, stranger, begun, iamport_sandbox
):
    names = [begun.merchant_uid, "test" + "a" * 26, "", "1", "A" * 40, "a" * 500, begun.merchant_uid.upper()]
    responses = [stranger.claim(name) for name in names] + [stranger.claim(begun, "imp_1")]
    responses += [stranger.post("order_validation", {"imp_uid": "imp_1"})]
    assert {response.status_code for response in responses} == {404}
    assert len({response.content for response in responses}) == 1
    assert iamport_sandbox.calls == []


# What it costs.


def test_polling_asks_the_gateway_once_in_five_seconds(shopper, begun, iamport_sandbox, later):
    for _ in range(4):
        assert shopper.claim(begun).json()["status"] == "ready"
    assert iamport_sandbox.calls == [f"GET /payments/findAll/{begun.merchant_uid}"]
    later(seconds=6)
    shopper.claim(begun)
    assert len(iamport_sandbox.calls) == 2


def test_polling_finds_a_payment_that_nobody_told_of(shopper, begun, iamport_sandbox):
    iamport_sandbox.pay(begun)
    assert shopper.claim(begun).json()["status"] == "paid"


@pytest.mark.parametrize("ask", [False, "false"])
def test_a_page_that_only_watches_asks_nobody(shopper, begun, iamport_sandbox, ask):
    iamport_sandbox.pay(begun)
    assert shopper.claim(begun, ask=ask).json()["status"] == "ready"
    assert iamport_sandbox.calls == []
    iamport_sandbox.deliver_webhooks()
    assert shopper.claim(begun, ask=ask).json()["status"] == "paid"


# A gateway that is down.


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"html": True}, {"timeout": True}, {"disconnect": True}, {"body": "{"}]
)
def test_where_the_gateway_is_down_the_page_is_told_to_ask_again_and_then_it_is_paid(
    shopper, begun, iamport_sandbox, fault
):
    imp_uid = iamport_sandbox.pay(begun)
    iamport_sandbox.fail_next("payments.find", times=2, **fault)
    response = shopper.claim(begun, imp_uid)
    assert response.status_code == 503
    assert response.json()["error"]["message"]
    stored = fresh()
    assert (stored.status, stored.imp_uid) == ("ready", None)
    assert stored.backlog_since is not None
    while (response := shopper.claim(begun, imp_uid)).status_code == 503:
        pass
    assert response.json()["status"] == "paid"
    assert fresh().backlog_since is None


def test_a_poll_never_says_not_paid_while_the_gateway_could_not_be_asked(shopper, begun, iamport_sandbox):
    iamport_sandbox.pay(begun)
    iamport_sandbox.fail_next("payments.find_all_page", times=10, status=500)
    assert [shopper.claim(begun).status_code for _ in range(2)] == [503, 503]


def test_a_verdict_whose_refund_fails_is_answered_and_the_wish_is_kept(shopper, begun, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(begun, amount=100)
    iamport_sandbox.fail_next("payments.cancel", status=500)
    response = shopper.claim(begun, imp_uid)
    assert (response.status_code, response.json()["status"]) == (200, "rejected")
    assert Refund.objects.get().is_open
