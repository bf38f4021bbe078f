"""A refund that fails, outside of any view: the customer's account stands in no local variable on the way."""

import pytest
from django.db import connection

from django_iamport import signals
from django_iamport.forms import RefundAccount
from django_iamport.models import Refund
from django_iamport.records.transaction import TransactionRecord
from django_iamport.refunds import execution
from django_iamport.testing.adapter import Adapter
from tests.error_mail import broken, values_in_djangos_report, values_in_frames

ACCOUNT = RefundAccount("088", "110-123-456789", "홍길동", "010-9753-1864")
VALUES = ("110-123-456789", "110123456789", "홍길동", "010-9753-1864", "01097531864")


def told(text):
    return [value for value in VALUES if value in text]


def failure_of(call):
    try:
        call()
    except Exception as error:
        return error
    pytest.fail("nothing was raised")


@pytest.fixture
def rejected(order, attempt, iamport_sandbox, confirm):
    """A deposit that no rule returns by itself."""
    return confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank", amount=60_000))


PLACES = [
    (Refund, "save_base"),
    (execution, "_cancel"),
    (execution, "wire_bank"),
    (Adapter, "send"),
    (TransactionRecord, "store_news"),
    (signals.payment_cancelled, "send"),
    (signals.payment_returned, "send"),
]


@pytest.mark.parametrize("place", PLACES[:-1], ids=lambda place: place[1])
def test_no_account_is_in_the_frames_of_a_refund(deposited, monkeypatch, place):
    monkeypatch.setattr(*place, broken)

    error = failure_of(lambda: deposited.cancel(reason="broke", refund_account=ACCOUNT))

    assert told(values_in_frames(error)) == []


@pytest.mark.parametrize("place", [*PLACES[:-2], PLACES[-1]], ids=lambda place: place[1])
def test_no_account_is_in_the_frames_of_a_refund_that_is_tried_again(rejected, monkeypatch, place):
    monkeypatch.setattr(*place, broken)

    error = failure_of(lambda: rejected.retry_refund(refund_account=ACCOUNT))

    assert told(values_in_frames(error)) == []


def test_no_account_is_reported_where_the_database_fails(deposited, rejected):
    def fails(execute, sql, params, many, context):
        if "110123456789" in (params or ()):
            broken(sql, params)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fails):
        errors = [
            failure_of(lambda: deposited.cancel(reason="broke", refund_account=ACCOUNT)),
            failure_of(lambda: rejected.retry_refund(refund_account=ACCOUNT)),
        ]

    for error in errors:
        assert told(values_in_frames(error)) != []  # the SQL's parameters: Django's reports know better
        assert told(values_in_djangos_report(error)) == []


def test_an_account_that_is_no_text_is_not_reported_either():
    error = failure_of(lambda: RefundAccount("088", 110123456789, "홍길동").cleaned())

    assert told(values_in_djangos_report(error)) == []
