"""What one visitor makes us ask of the gateway, and write, is bounded; over it he is told when to come again."""

import secrets
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from django_iamport import views
from django_iamport.models import History
from django_iamport.payments import request_pay
from tests.shop.models import Order, OrderTransaction
from tests.shopper import Shopper, state

PUBLIC = "121.78.0.1"


@pytest.fixture
def begun(shopper, iamport_sandbox):
    attempt = shopper.begin()
    iamport_sandbox.reset_calls()
    return attempt


def from_address(address, **headers):
    return Shopper(Client(REMOTE_ADDR=address, headers=headers))


def refused(response):
    """Whether it says so, and when to come again."""
    if response.status_code != 429:
        return False
    error = response.json()["error"]
    assert (error["code"], bool(error["message"])) == ("too_many_requests", True)
    assert 1 <= int(response.headers["Retry-After"]) <= 600
    return True


# An order.


def test_forty_posts_are_one_row_one_registration_and_few_calls(shopper, iamport_sandbox):
    attempt = shopper.begin()

    responses = [shopper.checkout(str(attempt.order_id)) for _ in range(40)]

    assert [refused(response) for response in responses] == [False] * 9 + [True] * 31
    assert {r.json()["merchant_uid"] for r in responses[:9]} == {attempt.merchant_uid}
    assert OrderTransaction.objects.count() == 1
    assert iamport_sandbox.calls.count("POST /payments/prepare") == 1
    assert len(iamport_sandbox.calls) == 1 + 1 + 9


def test_forty_windows_that_were_opened_are_few_rows_and_calls(shopper, iamport_sandbox):
    attempt = shopper.begin()
    for _ in range(40):
        response = shopper.checkout(str(attempt.order_id))
        if not refused(response):
            iamport_sandbox.open(OrderTransaction.objects.get(merchant_uid=response.json()["merchant_uid"]))
    assert OrderTransaction.objects.count() <= 10
    assert len(iamport_sandbox.calls) <= 75


def test_the_same_form_posted_forty_times_is_one_order_one_row_and_few_calls(shopper, iamport_sandbox):
    key = shopper.add().key()
    responses = [shopper.order(key) for _ in range(40)]
    assert sum(map(refused, responses)) == 30
    assert (Order.objects.count(), OrderTransaction.objects.count()) == (1, 1)
    assert len(iamport_sandbox.calls) <= 12


def test_a_cart_that_was_emptied_costs_few_calls(shopper, iamport_sandbox):
    key = shopper.add().key()
    shopper.order(key)
    shopper.client.get("/cart/?drop=Tea")
    iamport_sandbox.reset_calls()
    responses = [
        shopper.post("order_create_ajax", {"checkout_key": key, "buyer_name": "K"}) for _ in range(40)
    ]
    assert {response.status_code for response in responses} == {409}
    assert len(iamport_sandbox.calls) == 1


def test_after_the_pause_the_customer_goes_on(shopper, begun, iamport_sandbox, later):
    for _ in range(20):
        response = shopper.checkout(str(begun.order_id))
    later(seconds=int(response.headers["Retry-After"]) + 1)
    assert shopper.checkout(str(begun.order_id)).status_code == 200


def test_another_order_is_not_held_up(shopper, begun):
    for _ in range(20):
        shopper.checkout(str(begun.order_id))
    assert shopper.checkout(str(shopper.add("Cup", 100, 1).begin().order_id)).status_code == 200


def test_a_shop_sets_its_own_budgets(shopper, begun, settings):
    settings.IAMPORT_ORDER_BUDGET = (3, 60)
    assert [refused(shopper.checkout(str(begun.order_id))) for _ in range(4)] == [False, False, True, True]
    settings.IAMPORT_ORDER_BUDGET = None
    assert not any(refused(shopper.checkout(str(begun.order_id))) for _ in range(20))


def test_what_the_window_is_opened_with_makes_another_attempt_and_is_asked_of_the_hook_once(
    shopper, begun, monkeypatch
):
    asked, values = [], {"pay_method": "trans"}

    def get_request_pay(view, order, attempt):
        asked.append(attempt.merchant_uid)
        return values

    monkeypatch.setattr(views.OrderCheckoutAjaxView, "get_request_pay", get_request_pay)
    answers = [shopper.checkout(str(begun.order_id)).json() for _ in range(2)]
    values = {"pay_method": "vbank"}
    answers.append(shopper.checkout(str(begun.order_id)).json())

    assert [a["request_pay"]["pay_method"] for a in answers] == ["trans", "trans", "vbank"]
    first, again, other = (a["merchant_uid"] for a in answers)
    assert first == again
    assert len({begun.merchant_uid, first, other}) == 3
    assert asked == [begun.merchant_uid, first, first, first, other]


# An attempt.


def test_random_payments_are_asked_about_within_the_budget(shopper, begun, iamport_sandbox):
    responses = [shopper.claim(begun, f"imp_{number:012d}") for number in range(100)]

    assert {response.status_code for response in responses} == {503, 429}
    assert refused(responses[-1])
    assert len(iamport_sandbox.calls) <= 30
    assert History.objects.filter(event="error").count() == 1


def test_a_payment_that_was_claimed_over_the_budget_is_first_in_line_at_the_next_sync(
    shopper, begun, iamport_sandbox
):
    for number in range(20):
        shopper.claim(begun, f"imp_{number:012d}")
    OrderTransaction.objects.update(backlog_since=None, backlog_code="")
    assert refused(shopper.claim(begun, iamport_sandbox.pay(begun)))
    begun.refresh_from_db()
    assert (begun.status, begun.backlog_code) == ("ready", "too_many_requests")

    call_command("iamport_sync", stdout=StringIO())

    begun.refresh_from_db()
    assert (begun.status, begun.backlog_since) == ("paid", None)
    assert shopper.claim(begun).json()["status"] == "paid"


def test_polls_are_asked_within_the_budget(shopper, begun, iamport_sandbox, later):
    for number in range(40):
        later(seconds=6 * number)
        response = shopper.claim(begun)
    assert refused(response)
    assert len(iamport_sandbox.calls) == 30
    assert not refused(shopper.claim(begun, ask=False))


def test_the_return_address_asks_within_the_budget_and_shows_what_is_stored(begun, iamport_sandbox):
    address = f"{reverse('iamport:redirect')}?{request_pay.signed(begun.merchant_uid)}"
    for number in range(60):
        response = Client().get(f"{address}&imp_uid=imp_{number:012d}")
        assert (response.status_code, state(response)) == (200, "ready")
    assert len(iamport_sandbox.calls) <= 30


def test_the_receipt_is_shown_without_asking(shopper, begun, iamport_sandbox):
    for number in range(20):
        shopper.claim(begun, f"imp_{number:012d}")
    iamport_sandbox.reset_calls()
    assert state(shopper.receipt(begun)) == "ready"
    assert iamport_sandbox.calls == []


def test_a_payment_that_is_stored_is_answered_any_number_of_times(shopper, begun, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(begun)
    assert {shopper.claim(begun, imp_uid).json()["status"] for _ in range(100)} == {"paid"}
    assert len(iamport_sandbox.calls) == 1


def test_accounts_for_a_refund_are_tried_within_the_budget(shopper, user, iamport_sandbox, settings):
    shopper.client.force_login(user)
    attempt = shopper.begin()
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    shopper.claim(attempt, imp_uid)
    settings.IAMPORT_ATTEMPT_BUDGET = (3, 60)
    no = {"code": 1, "message": "계좌오류", "response": None}
    iamport_sandbox.fail_next("payments.cancel", times=40, body=no)
    iamport_sandbox.reset_calls()
    form = {"bank": "088", "account": "110-123-456789", "holder": "홍길동", "tel": ""}

    responses = [shopper.client.post(f"/pay/order/complete/{attempt.merchant_uid}/", form) for _ in range(20)]

    assert [response.status_code for response in responses] == [302] * 2 + [429] * 18
    assert "Too many requests" in responses[-1].content.decode()
    assert 1 <= int(responses[-1].headers["Retry-After"]) <= 60
    assert iamport_sandbox.calls.count("POST /payments/cancel") == 2
    assert History.objects.filter(event="refund_account_given").count() == 2


# An address.


def buy(visitor):
    return visitor.add().order(secrets.token_urlsafe(24))


def test_orders_from_one_address_are_bounded_whatever_sessions_they_have(db, iamport_sandbox, settings):
    settings.IAMPORT_ADDRESS_BUDGET = (3, 60)
    answers = [refused(buy(from_address(PUBLIC))) for _ in range(5)]
    assert answers == [False] * 3 + [True] * 2
    assert (Order.objects.count(), OrderTransaction.objects.count()) == (3, 3)
    assert not refused(buy(from_address("121.78.0.2")))


def test_everything_that_asks_counts_for_the_address(db, iamport_sandbox, settings):
    settings.IAMPORT_ADDRESS_BUDGET = (3, 60)
    visitor = from_address(PUBLIC)
    attempt = visitor.begin()
    visitor.checkout(str(attempt.order_id))
    visitor.claim(attempt)
    iamport_sandbox.reset_calls()
    address = f"{reverse('iamport:redirect')}?{request_pay.signed(attempt.merchant_uid)}"

    assert refused(visitor.checkout(str(attempt.order_id)))
    assert refused(visitor.claim(attempt, "imp_1"))
    assert refused(buy(visitor))
    assert visitor.client.get(address + "&imp_uid=imp_2").status_code == 302
    assert state(visitor.receipt(attempt)) == "ready"
    assert iamport_sandbox.calls == []
    assert visitor.claim(attempt, ask=False).status_code == 200


def test_what_asks_nobody_counts_for_no_address(db, iamport_sandbox, settings):
    visitor = from_address(PUBLIC)
    attempt = visitor.begin()
    imp_uid = iamport_sandbox.pay(attempt)
    visitor.claim(attempt, imp_uid)
    settings.IAMPORT_ADDRESS_BUDGET = (1, 60)
    assert [visitor.claim(attempt, imp_uid).status_code for _ in range(5)] == [200] * 5
    assert [visitor.claim(attempt, ask=False).status_code for _ in range(5)] == [200] * 5
    assert state(visitor.receipt(attempt)) == "paid"


def test_another_payment_claimed_for_a_paid_attempt_counts_for_the_address(db, iamport_sandbox, settings):
    visitor = from_address(PUBLIC)
    attempt = visitor.begin()
    visitor.claim(attempt, iamport_sandbox.pay(attempt))
    settings.IAMPORT_ADDRESS_BUDGET = (2, 60)
    address = f"{reverse('iamport:redirect')}?{request_pay.signed(attempt.merchant_uid)}"
    visitor.claim(attempt, "imp_1")
    visitor.client.get(address + "&imp_uid=imp_2")
    iamport_sandbox.reset_calls()

    assert refused(visitor.claim(attempt, "imp_3"))
    assert visitor.client.get(address + "&imp_uid=imp_4").status_code == 302
    assert iamport_sandbox.calls == []
    assert visitor.claim(attempt).json()["status"] == "paid"


@pytest.mark.parametrize(
    ("header", "first", "second", "are_one"),
    [
        (None, (PUBLIC, {}), (PUBLIC, {"x-forwarded-for": "1.1.1.1"}), True),
        (None, ("2001:db8:1::1", {}), ("2001:db8:1::2", {}), False),
        (None, ("2404:6800:1:2::1", {}), ("2404:6800:1:2:ffff::9", {}), True),
        (None, ("2404:6800:1:2::1", {}), ("2404:6800:1:3::1", {}), False),
        (None, (PUBLIC, {}), (f"::ffff:{PUBLIC}", {}), True),
        # A proxy's address is everybody's.
        (None, ("127.0.0.1", {}), ("127.0.0.1", {}), False),
        (None, ("10.0.0.7", {}), ("10.0.0.7", {}), False),
        (None, ("", {}), ("", {}), False),
        ("X-Real-IP", ("10.0.0.7", {"x-real-ip": PUBLIC}), ("10.0.0.8", {"x-real-ip": PUBLIC}), True),
        ("X-Real-IP", ("10.0.0.7", {"x-real-ip": PUBLIC}), ("10.0.0.7", {"x-real-ip": "1.1.1.1"}), False),
        ("X-Real-IP", (PUBLIC, {}), (PUBLIC, {}), False),
        # What the visitor wrote himself stands before what the proxy saw.
        (
            "X-Forwarded-For",
            ("10.0.0.7", {"x-forwarded-for": f"8.8.8.8, {PUBLIC}"}),
            ("10.0.0.7", {"x-forwarded-for": f"9.9.9.9, {PUBLIC}"}),
            True,
        ),
        ("X-Real-IP", (PUBLIC, {"x-real-ip": "unknown"}), (PUBLIC, {"x-real-ip": "unknown"}), False),
    ],
)
def test_whose_address_it_is(db, iamport_sandbox, settings, header, first, second, are_one):
    settings.IAMPORT_ADDRESS_BUDGET, settings.IAMPORT_ADDRESS_HEADER = (1, 60), header
    assert not refused(buy(from_address(first[0], **first[1])))
    assert refused(buy(from_address(second[0], **second[1]))) == are_one


def test_it_is_told_in_korean(shopper, begun, settings):
    settings.IAMPORT_ORDER_BUDGET = (1, 60)
    response = shopper.post(
        "order_checkout", {"order_id": str(begun.order_id)}, headers={"accept-language": "ko"}
    )
    assert refused(response)
    assert "잠시 후" in response.json()["error"]["message"]
