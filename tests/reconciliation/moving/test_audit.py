"""`iamport_audit` reads the former code's rows, and says where shop and gateway disagree."""

import os
import signal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from django_iamport.models import History
from django_iamport.reconciliation.moving import Tables, tables
from django_iamport.reconciliation.moving.tables import OldRows
from django_iamport.sandbox.rules.payments.fixtures import import_payments
from tests.reconciliation.moving.conftest import Ran
from tests.shop.models import OrderTransaction

WRONG = {
    "3": "less",
    "4": "test",
    "5": "cancelled",
    "6": "unknown",
    "7": "unrecorded",
    "8": "other",
    "order 8": "unknown",
}


def audit(*arguments, **options):
    return Ran("iamport_audit", *arguments, **options)


def test_what_is_wrong_between_the_tutorials_rows_and_the_gateway(gateway):
    ran = audit("--json")

    assert ran.found == WRONG
    assert ran.code == ran.report["exit_code"] == 4
    assert (ran.report["rows"], ran.report["asked"]) == (10, 10)
    assert ran.report["codes"] == {
        "less": 1,
        "test": 1,
        "cancelled": 1,
        "unknown": 2,
        "unrecorded": 1,
        "other": 1,
    }


def test_a_finding_says_what_is_here_and_there_and_nothing_of_a_person(gateway):
    ran = audit("--json")

    [forged] = [each for each in ran.report["findings"] if each["code"] == "less"]
    assert forged == {
        "code": "less",
        "row": "3",
        "order": "3",
        "merchant_uid": "0732d58aae",
        "imp_uid": "imp_000000000003",
        "here": {"paid": True, "amount": "100", "total": "50000"},
        "there": {
            "status": "paid",
            "amount": "100",
            "cancel_amount": "0",
            "currency": "KRW",
            "merchant_uid": "0732d58aae",
            "sandbox": False,
        },
    }
    for private in ("길동", "gildong", "세종대로", "04524"):
        assert private not in ran.out + audit().out


def test_the_table_has_a_line_for_each_and_counts_that_are_explained(gateway):
    ran = audit()
    lines = ran.out.splitlines()

    assert lines[0].split() == ["order", "merchant_uid", "imp_uid", "code", "here", "there"]
    assert lines[1].split() == [
        "3",
        "0732d58aae",
        "imp_000000000003",
        "less",
        "paid",
        "50000",
        "paid",
        "100",
    ]
    assert "less: 1  less was paid than the order costs" in lines
    assert ran.failed == "7 findings"
    with translation.override("ko"):
        assert "less: 1  주문 금액보다 적게 결제되었습니다" in audit().out


def test_it_writes_nothing_and_asks_once_for_a_hundred(gateway):
    with CaptureQueriesContext(connection) as asked:
        audit("--json")

    read = [
        query["sql"] for query in asked if query["sql"].startswith("SELECT") and "order_order" in query["sql"]
    ]
    # Rows, and of their orders what is paid, proven, discounted and ordered; no more rows; orders without any.
    assert len([sql for sql in read if "LIMIT 1" not in sql.replace("LIMIT 100", "")]) == 8
    assert not [query for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE", "CREATE"))]
    # And once more for each that is hidden or unknown: those of test channels are shown among their order's.
    assert [call for call in gateway.calls if "getToken" not in call and "findAll" not in call] == [
        "GET /payments"
    ]
    assert (OrderTransaction.objects.count(), History.objects.count()) == (0, 0)


def test_rows_are_read_in_batches_each_of_them_once(gateway, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 3)

    assert audit("--json").found == WRONG


def test_a_payment_that_was_never_taken_is_told_by_its_status(gateway):
    account = gateway.account
    import_payments(
        account,
        [{"merchant_uid": "480e0622b0", "imp_uid": "imp_000000000006", "amount": 25_000, "status": "failed"}],
    )

    assert audit("--json").found["6"] == "unpaid"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": 70_000}, "more"),
        ({"currency": "USD"}, "other"),
        ({"merchant_uid": "somebody1"}, "other"),
        ({"status": "cancelled", "cancel_amount": 10_000}, "cancelled"),
        ({"status": "cancelled", "cancel_amount": 0, "paid_at": 0}, "cancelled"),
        ({"customer_uid_usage": "issue"}, "other"),
    ],
)
def test_whatever_differs_is_found(gateway, changed, code):
    gateway.edit("imp_000000000001", **changed)

    assert audit("--json").found["1"] == code


def test_in_test_mode_test_payments_are_what_was_to_be_expected(gateway, settings):
    settings.IAMPORT_TEST_MODE = True

    assert "4" not in audit("--json").found


@pytest.mark.parametrize("failure", [{"status": 500}, {"timeout": True}])
def test_what_could_not_be_asked_is_left_for_another_run(gateway, failure, monkeypatch):
    gateway.fail_next("payments.find_many", times=20, **failure)

    ran = audit("--json")

    assert set(ran.report["codes"]) - {"unknown"} <= {
        "gateway_unreachable",
        "gateway_timeout",
        "gateway_unexpected_answer",
    }
    assert len(ran.report["findings"]) == 11


def test_a_gateway_that_can_t_be_reached_ends_it(gateway, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 2)
    gateway.fail_next("payments.find_many", times=100, timeout=True)

    ran = audit("--json")

    assert (ran.report["stopped"], ran.report["rows"], ran.code) == (True, 6, 5)


def test_sigterm_ends_it_behind_the_hundred_in_hand(gateway, monkeypatch):
    monkeypatch.setattr(tables, "BATCH", 1)
    gateway.meanwhile("payments.find_many", lambda: os.kill(os.getpid(), signal.SIGTERM))

    ran = audit("--json")

    assert (ran.report["rows"], ran.code) == (1, 5)


# Similar tables.


def test_one_table_with_names_and_words_of_its_own(similar):
    ran = audit("--json", *similar)

    assert ran.found == {"2": "less", "3": "unrecorded"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--app=orders"], "Not in the database: orders_ordertransaction, orders_order, orders_orderitem"),
        (["--map=imp_uid=payment"], "Not in the database: order_ordertransaction.payment"),
        (["--map=nonsense=x"], "nonsense is none of amount, "),
    ],
)
def test_tables_that_are_not_there_are_named(gateway, arguments, told):
    ran = audit(*arguments)

    assert ran.failed.startswith(told)
    assert ran.code == 1
    assert gateway.calls == []


def test_a_column_s_name_can_t_break_out_of_the_query(gateway):
    ran = audit('--map=imp_uid=id" FROM auth_user --')

    assert ran.failed.startswith("Not in the database")


def test_the_total_of_an_order_is_what_its_lines_cost_without_the_discount(gateway):
    [rows] = OldRows(Tables(), "default").batches()

    assert {row.order: row.total for row in rows}[2] == 57_500
    assert [row.is_paid for row in rows] == [True] * 6 + [False, True, False, False]
