"""The client as settings make it, and what is kept of an answer."""

import json
import logging
import os
from decimal import Decimal

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_iamport.client.errors import NotFound, UnexpectedAnswer
from django_iamport.gateway import connection, lookups
from django_iamport.gateway.payload import HARMLESS, HARMLESS_WITHIN, harmless_part
from django_iamport.sandbox.rules.payments import records
from tests.shop.models import OrderTransaction

BUYER = {
    "buyer_name": "홍길동",
    "buyer_email": "gildong@example.com",
    "buyer_tel": "010-1234-5678",
    "buyer_addr": "서울 어딘가",
    "buyer_postcode": "04524",
    "custom_data": {"note": "문 앞에"},
}
PERSONAL = ["홍길동", "gildong", "1234-5678", "어딘가", "04524", "문 앞"]


def test_the_client_follows_the_settings(settings):
    settings.IAMPORT_KEY, first = "one", connection.client()
    assert connection.client() is not first
    assert connection.client() is connection.client()


@pytest.mark.parametrize("name", ["IAMPORT_KEY", "IAMPORT_SECRET"])
def test_a_missing_credential_says_which(settings, name):
    setattr(settings, name, None)

    with pytest.raises(ImproperlyConfigured, match=name):
        connection.client()


@pytest.mark.parametrize("timeout", [5, (3, 10), [3, 10], None])
def test_every_form_of_a_timeout_is_taken(settings, timeout):
    settings.IAMPORT_TIMEOUT = timeout

    assert connection.client()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_all_clients_of_a_process_share_one_pool_and_a_fork_has_its_own():
    mine, client = connection.session(), connection.client()
    assert connection.session() is mine
    assert connection.client() is client

    pools = mine.get_adapter("https://api.iamport.kr").poolmanager
    child = os.fork()
    if not child:
        client._transport._fork.check()
        os._exit(0 if mine.get_adapter("https://api.iamport.kr").poolmanager is not pools else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_an_answer_about_another_payment_is_no_answer(attempt, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.account.edit(imp_uid, {"imp_uid": "imp_2"})

    with pytest.raises(UnexpectedAnswer):
        lookups.find(imp_uid)


def test_payments_of_another_name_are_left_out_of_a_list(attempt, iamport_sandbox):
    mine, other = (iamport_sandbox.pay(attempt, force=True) for _ in range(2))
    iamport_sandbox.edit(other, merchant_uid=attempt.merchant_uid.upper())

    assert [e.payment.imp_uid for e in lookups.find_all(attempt.merchant_uid)] == [mine]


def test_test_payments_are_asked_for_in_test_mode_only(attempt, iamport_sandbox, settings):
    imp_uid = iamport_sandbox.pay(attempt, channel="test")
    with pytest.raises(NotFound):
        lookups.find(imp_uid)

    settings.IAMPORT_TEST_MODE = True

    assert lookups.find(imp_uid).payment.sandbox is True


@pytest.mark.parametrize("pay_method", ["card", "vbank"])
def test_no_personal_data_and_no_secret_is_stored_logged_or_shown(
    attempt, iamport_sandbox, confirm, caplog, pay_method
):
    caplog.set_level(logging.DEBUG)
    imp_uid = iamport_sandbox.pay(attempt, pay_method=pay_method, **BUYER)
    told = iamport_sandbox.payment(imp_uid)
    assert told["buyer_name"] == "홍길동"

    row = confirm(attempt, imp_uid)
    evidence = lookups.find(imp_uid)

    answer = json.dumps(OrderTransaction.objects.get().answer, ensure_ascii=False)
    shown = f"{caplog.text} {evidence!r} {row!r} {row} {connection.client()!r}"
    numbers = [told[name] for name in ("card_number", "vbank_num") if told[name]]
    secrets = ["sandbox-secret", "sandbox-key", connection.client().get_token()]
    assert [text for text in PERSONAL + numbers if text in answer] == []
    assert [text for text in PERSONAL + numbers + secrets if text in shown] == []
    assert '"amount": 50000' in answer


def test_what_is_kept_of_an_answer_is_exact_and_storable():
    kept = harmless_part(
        {
            "amount": Decimal("10.50"),
            "cancel_amount": Decimal("0.0"),
            "card_name": "a\0b",
            "cancel_history": [{"amount": Decimal("1.10"), "pg_tid": "a\0b"}],
            "promotion": {"id": "p", "discount": Decimal("5.0")},
            "paid_at": None,
        }
    )

    assert kept == {
        "amount": "10.50",
        "cancel_amount": 0,
        "card_name": "ab",
        "cancel_history": [{"amount": "1.10", "pg_tid": "ab"}],
        "promotion": {"id": "p", "discount": 5},
        "paid_at": None,
    }
    json.dumps(kept)


def test_odd_descriptions_never_keep_a_payment_from_being_stored(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(
        imp_uid, pg_provider="x" * 300, receipt_url="javascript:alert(1)", card_name="\0", pay_method=7
    )

    row = confirm(attempt, imp_uid)

    assert (row.status, row.receipt_url, len(row.pg_provider)) == ("paid", "", 40)


PERSONAL_FIELDS = (
    *("buyer_name", "buyer_tel", "buyer_email", "buyer_addr", "buyer_postcode", "buyer_anything_new"),
    *("custom_data", "card_number", "customer_uid", "user_agent", "vbank_num", "vbank_holder", "name"),
    *("fail_reason", "cancel_reason", "receipt_url", "cancel_receipt_urls", "deposit_history"),
    "invented_tomorrow",
)


@pytest.mark.parametrize("name", PERSONAL_FIELDS)
def test_a_field_that_is_not_known_to_be_harmless_is_not_kept(name):
    for value in ("홍길동", ["홍길동"], {"name": "홍길동"}):
        assert harmless_part({name: value, "status": "paid"}) == {"status": "paid"}


def test_an_object_in_the_place_of_a_word_is_not_kept():
    odd = {
        "status": {"buyer": "홍길동"},
        "pg_tid": ["홍길동"],
        "promotion": "홍길동",
        "cancel_history": ["홍길동"],
    }
    assert harmless_part(odd) == {"cancel_history": []}
    within = {
        "promotion": {"id": {"x": "홍길동"}, "note": "홍길동"},
        "cancel_history": [{"reason": "홍길동"}],
    }
    assert harmless_part(within) == {"promotion": {}, "cancel_history": [{}]}


def test_every_field_of_the_gateways_answer_was_looked_at():
    known = HARMLESS | HARMLESS_WITHIN.keys() | {*PERSONAL_FIELDS}
    assert records.BLANK.keys() - known == set()
    assert HARMLESS | HARMLESS_WITHIN.keys() == known & records.BLANK.keys() - {*PERSONAL_FIELDS}
