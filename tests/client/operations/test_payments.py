"""Payments: what arrives at the gateway, what comes back."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest
import requests

from django_iamport.client import Declined, Found, NotFound, Refused, UnexpectedAnswer


def test_a_payment_is_found_by_imp_uid(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    payment = client.payments.find("imp_1")
    assert (payment.imp_uid, payment.amount, payment.status) == ("imp_1", 10500, "paid")
    assert gateway.calls == ["GET /payments/imp_1"]
    assert gateway.seen[-1].headers["Authorization"] == "Bearer token-1"


def test_test_channels_are_included_only_on_request(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment(sandbox=True))]
    assert client.payments.find("imp_1", include_sandbox=True).sandbox is True
    assert gateway.calls == ["GET /payments/imp_1?include_sandbox=true"]


def test_an_unknown_payment_is_not_found(client, gateway, answers):
    gateway.answers = [answers.refusal(404, -1, "존재하지 않는 결제정보입니다.")]
    with pytest.raises(NotFound) as caught:
        client.payments.find("imp_9")
    assert (caught.value.operation, caught.value.imp_uid, caught.value.status) == (
        "payments.find",
        "imp_9",
        404,
    )


@pytest.mark.parametrize(
    "name", ["주문 1", "a$b", "a/b", "a&b=c", "a+b", "💳", "a?b#c", "a%2Fb", "../cancel"]
)
def test_ids_arrive_as_they_were(client, gateway, answers, name):
    gateway.answers = [answers.ok([]), answers.ok(answers.payment())]
    client.payments.find_all(name, status="paid")
    assert gateway.seen[-1].segments == ["", "payments", "findAll", name, "paid"]
    client.payments.find(name)
    assert gateway.seen[-1].segments == ["", "payments", name]


@pytest.mark.parametrize("name", ["", ".", "..", "\ud800"])
def test_an_id_that_no_path_can_name_never_reaches_another_operation(client, gateway, name):
    for call in (client.payments.find, client.vbanks.void, client.prepare.read):
        with pytest.raises(NotFound):
            call(name)
    assert gateway.calls == []


def test_all_payments_of_a_number_are_read_page_by_page(client, gateway, answers):
    first, second = answers.payment(imp_uid="imp_1"), answers.payment(imp_uid="imp_2")
    gateway.answers = [
        answers.ok({"total": 2, "previous": 0, "next": 2, "list": [first]}),
        answers.ok({"total": 2, "previous": 1, "next": 0, "list": [second]}),
    ]
    assert [payment.imp_uid for payment in client.payments.find_all("m1")] == ["imp_1", "imp_2"]
    assert gateway.calls == [
        "GET /payments/findAll/m1?page=1&limit=100",
        "GET /payments/findAll/m1?page=2&limit=100",
    ]


def test_a_bare_array_is_a_list_too(client, gateway, answers):
    gateway.answers = [answers.ok([answers.payment()])]
    assert len(client.payments.find_all("m1", status="paid")) == 1
    assert gateway.calls == ["GET /payments/findAll/m1/paid?page=1&limit=100"]


def test_a_number_without_payments_is_empty(client, gateway, answers):
    gateway.answers = [answers.refusal(404)]
    assert client.payments.find_all("m1") == ()


def test_a_second_page_that_is_gone_is_not_taken_for_the_end(client, gateway, answers):
    gateway.answers = [answers.ok({"next": 2, "list": [answers.payment()]}), answers.refusal(404)]
    with pytest.raises(NotFound):
        client.payments.find_all("m1")


def test_pages_that_go_in_a_circle_end(client, gateway, answers):
    gateway.answers = [answers.ok({"next": 1, "list": [answers.payment()]})]
    with pytest.raises(UnexpectedAnswer):
        client.payments.find_all("m1")


@pytest.mark.parametrize(
    "page", [{"next": 0}, {"list": None}, {"list": {}}, {"list": [], "next": "2"}, "x", 5]
)
def test_a_list_of_another_shape_is_unexpected(client, gateway, answers, page):
    gateway.answers = [answers.ok(page)]
    with pytest.raises(UnexpectedAnswer):
        client.payments.find_all("m1")


def test_one_unreadable_entry_is_not_left_out_silently(client, gateway, answers):
    gateway.answers = [answers.ok([answers.payment(), answers.payment(amount="100")])]
    with pytest.raises(UnexpectedAnswer):
        client.payments.find_all("m1")


def test_many_are_asked_for_in_hundreds_and_found_is_told_from_missing(client, gateway, answers):
    gateway.answers = [
        answers.ok([answers.payment(imp_uid="imp_0"), answers.payment(imp_uid="imp_1")], status=207),
        answers.refusal(404),
        answers.ok([answers.payment(imp_uid="imp_200")]),
    ]
    answer = client.payments.find_many([f"imp_{n}" for n in range(201)] + ["imp_0"])
    assert [payment.imp_uid for payment in answer.found] == ["imp_0", "imp_1", "imp_200"]
    assert answer.missing == tuple(f"imp_{n}" for n in range(2, 200))
    assert [call.count("imp_uid%5B%5D=") for call in gateway.calls] == [100, 100, 1]


def test_many_are_asked_for_by_both_ids_at_once(client, gateway, answers):
    gateway.answers = [answers.ok([answers.payment()], status=207)]
    answer = client.payments.find_many(["imp_1", "", "\ud800"], merchant_uids=["m1", "m/2"])
    assert (len(answer.found), answer.missing) == (1, ("", "\ud800", "m/2"))
    assert gateway.calls == [
        "GET /payments?imp_uid%5B%5D=imp_1&merchant_uid%5B%5D=m1&merchant_uid%5B%5D=m%2F2"
    ]


def test_many_of_none_asks_nothing(client, gateway):
    assert client.payments.find_many([]) == Found((), ())
    assert gateway.seen == []


def test_the_first_payment_of_a_number_is_found_with_and_without_a_status(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())] * 2
    assert client.payments.find_first("주문/1").imp_uid == "imp_1"
    assert client.payments.find_first("m1", status="paid", sorting="-paid").status == "paid"
    assert gateway.seen[1].segments == ["", "payments", "find", "주문/1"]
    assert gateway.calls[1] == "GET /payments/find/m1/paid?sorting=-paid"


def test_payments_by_status_are_read_page_by_page_while_one_iterates(client, gateway, answers):
    gateway.answers = [
        answers.ok({"total": 2, "previous": 0, "next": 2, "list": [answers.payment(imp_uid="imp_1")]}),
        answers.ok({"total": 2, "previous": 1, "next": 0, "list": [answers.payment(imp_uid="imp_2")]}),
    ]
    window = {"from_": datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc), "sorting": "started"}
    payments = client.payments.by_status("paid", **window, limit=1)
    assert next(payments).imp_uid == "imp_1"
    assert gateway.calls == ["GET /payments/status/paid?page=1&limit=1&from=1700000000&sorting=started"]
    assert [payment.imp_uid for payment in payments] == ["imp_2"]
    assert gateway.calls[1].startswith("GET /payments/status/paid?page=2&limit=1&from=1700000000")


def test_one_page_by_status_tells_where_it_stands(client, gateway, answers):
    gateway.answers = [answers.ok({"total": 9, "previous": 1, "next": 3, "list": [answers.payment()]})]
    page = client.payments.by_status_page(
        "all", page=2, limit=3, to=datetime(2024, 1, 1, tzinfo=timezone.utc)
    )
    assert (page.total, page.previous, page.next, len(page.list)) == (9, 1, 3, 1)
    assert gateway.calls == ["GET /payments/status/all?page=2&limit=3&to=1704067200"]


def test_a_window_needs_a_time_zone(client, gateway):
    with pytest.raises(ValueError, match="from_ is a time without a time zone"):
        client.payments.by_status_page("all", from_=datetime(2024, 1, 1))  # noqa: DTZ001 - what is tried here
    assert gateway.seen == []


def test_a_balance_is_split_by_means(client, gateway, answers):
    part = {"tax_free": 0, "supply": 909, "vat": 91, "service": 0}
    parts = dict.fromkeys(("cash_receipt", "primary", "secondary", "discount"), part)
    gateway.answers = [
        answers.ok({"amount": 1000, **parts, "histories": [{**parts, "created": 1_700_000_000}]})
    ]
    balance = client.payments.balance("imp_1")
    assert (balance.amount, balance.primary.vat, balance.histories[0].primary.supply) == (1000, 91, 909)
    assert gateway.calls == ["GET /payments/imp_1/balance"]


def test_a_refund_may_be_of_all_that_is_left_and_say_more(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    client.payments.cancel(
        merchant_uid="m1",
        tax_free=Decimal("100.00"),
        vat_amount=0,
        retain_promotion=True,
        enable_webhook=False,
        extra={"requester": "customer", "nothing": None},
        extra_body={"a_parameter_of_next_year": 1},
    )
    assert gateway.seen[-1].body == {
        "merchant_uid": "m1",
        "tax_free": 100,
        "vat_amount": 0,
        "retain_promotion": True,
        "enable_webhook": False,
        "extra": {"requester": "customer"},
        "a_parameter_of_next_year": 1,
    }


def test_a_refund_of_no_payment_is_not_sent(client, gateway):
    with pytest.raises(ValueError, match="needs an imp_uid"):
        client.payments.cancel(amount=100)
    assert gateway.seen == []


@pytest.mark.parametrize(
    "wrong", [{"amount": "100"}, {"amount": 100.0}, {"checksum": "100"}, {"reason": 1.5}]
)
def test_a_sum_that_is_none_is_not_sent(client, gateway, wrong):
    with pytest.raises(TypeError):
        client.payments.cancel("imp_1", **wrong)
    assert gateway.seen == []


def test_a_misspelt_parameter_is_not_sent(client, gateway):
    with pytest.raises(TypeError, match=r"payments\.cancel takes no ammount"):
        client.payments.cancel("imp_1", ammount=100)
    assert gateway.seen == []


def test_a_refund_that_the_payment_company_declines_is_its_own_error(client, gateway, answers):
    gateway.answers = [answers.refusal(200, -1, "결제취소에 실패하였습니다. [500626|기 취소 거래]")]
    with pytest.raises(Declined) as caught:
        client.payments.cancel("imp_1", amount=100)
    assert (caught.value.code, caught.value.gateway_message[-9:]) == ("gateway_declined", "|기 취소 거래]")


def test_a_refund_sends_numbers_and_only_what_is_given(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment(status="cancelled", cancel_amount=10.5, currency="USD"))]
    payment = client.payments.cancel(
        "imp_1", amount=Decimal("10.50"), checksum=Decimal("100.00"), reason="변심"
    )
    assert payment.cancel_amount == Decimal("10.5")
    assert gateway.calls == ["POST /payments/cancel"]
    assert gateway.seen[-1].body == {"imp_uid": "imp_1", "amount": 10.5, "checksum": 100, "reason": "변심"}


def test_a_refund_to_an_account_names_it(client, gateway, answers):
    gateway.answers = [answers.ok(answers.payment())]
    client.payments.cancel(
        "imp_1",
        amount=1,
        checksum=1,
        refund_holder="홍길동",
        refund_bank="88",
        refund_account="110-1",
        refund_tel="010",
    )
    sent = gateway.seen[-1].body
    assert (sent["refund_holder"], sent["refund_bank"], sent["refund_account"], sent["refund_tel"]) == (
        "홍길동",
        "88",
        "110-1",
        "010",
    )


class Noted(requests.Session):
    """Notes how long each request may wait."""

    def __init__(self):
        super().__init__()
        self.timeouts = []

    def request(self, *args, timeout, **kwargs):
        self.timeouts.append(timeout)
        return super().request(*args, timeout=timeout, **kwargs)


def test_a_refund_has_its_own_patience(make_client, gateway, answers):
    session = Noted()
    client = make_client(session=session, timeout=(20, 30))
    gateway.answers = [answers.ok(answers.payment())] * 2
    client.payments.cancel("imp_1", amount=1, checksum=1, timeout=(25, 50))
    client.payments.cancel("imp_1", amount=1, checksum=1)
    assert session.timeouts == [(20, 30), (25, 50), (20, 30)]  # the first one is the token's


@pytest.mark.parametrize("amount", [0, Decimal("0.00"), -1])
def test_a_refund_of_nothing_is_never_sent_because_the_gateway_reads_it_as_all(client, gateway, amount):
    with pytest.raises(ValueError, match=r"more than 0|not a sum"):
        client.payments.cancel("imp_1", amount=amount, checksum=100)
    assert gateway.seen == []


def test_a_refused_refund_tells_the_gateways_code_and_words(client, gateway, answers):
    gateway.answers = [answers.refusal(200, 1, "이미 전액취소된 주문입니다.")]
    with pytest.raises(Refused) as caught:
        client.payments.cancel("imp_1", amount=1, checksum=1)
    assert (caught.value.gateway_code, caught.value.gateway_message) == (1, "이미 전액취소된 주문입니다.")


def test_each_payment_of_a_list_is_read_by_itself(client, gateway, answers):
    odd = [answers.payment(imp_uid="imp_2", currency=None), {"imp_uid": 5}, None]
    page = {"total": 4, "previous": 0, "next": 0, "list": [answers.payment(), *odd]}
    gateway.answers = [answers.ok(page), answers.ok(page)]
    found = client.payments.by_status_page("all")
    assert [payment.imp_uid for payment in found.list] == ["imp_1"]
    assert [entry.imp_uid for entry in found.unreadable] == ["imp_2", None, None]
    assert "currency" in found.unreadable[0].problem
    rows = client.payments.by_status("all")
    assert next(rows).imp_uid == "imp_1"
    with pytest.raises(UnexpectedAnswer, match="currency"):
        next(rows)


def test_an_unreadable_one_of_many_is_neither_found_nor_missing(client, gateway, answers):
    gateway.answers = [answers.ok([answers.payment(), answers.payment(imp_uid="imp_2", amount="1")])]
    answer = client.payments.find_many(["imp_1", "imp_2", "imp_3"])
    assert [payment.imp_uid for payment in answer.found] == ["imp_1"]
    assert [entry.imp_uid for entry in answer.unreadable] == ["imp_2"]
    assert answer.missing == ("imp_3",)
