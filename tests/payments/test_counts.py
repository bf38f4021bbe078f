"""What a purchase, a notice and a refund cost: statements, reads before the lock, locks, and calls."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_iamport.webhooks import intake
from tests.shop.models import OrderTransaction

pytestmark = pytest.mark.django_db(transaction=True)

# What the apps that only some shops have ask for themselves: is this order a renewal, has this payment a receipt?
OF_AN_OPTION = re.compile('^(SELECT .* FROM|UPDATE) "(shop_renewal|iamport_cash_receipts_cashreceipt)"')
# Where there is no SELECT FOR UPDATE, each lock begins with a write of its own.
EXTRA_PER_LOCK = 0 if connection.features.has_select_for_update else 1


@pytest.fixture
def statements():
    with CaptureQueriesContext(connection) as captured:
        yield lambda: [
            sql for query in captured if not OF_AN_OPTION.search(sql := query["sql"].replace("`", '"'))
        ]


def reads_of(table, statements):
    return [sql for sql in statements if sql.startswith("SELECT") and f'FROM "{table}"' in sql]


def before_the_lock(statements):
    begin = next(number for number, sql in enumerate(statements) if sql.startswith(("BEGIN", "START")))
    return statements[:begin]


def locks_in(statements):
    return sum(sql.startswith(("BEGIN", "START")) for sql in statements)


def test_a_purchase_takes_fourteen_statements_and_two_calls(order, iamport_sandbox, statements):
    attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.pay(attempt)
    OrderTransaction.objects.confirm(merchant_uid=attempt.merchant_uid, imp_uid=imp_uid, source="browser")

    assert len(statements()) <= 14 + 2 * EXTRA_PER_LOCK
    assert locks_in(statements()) == 2
    calls = [call for call in iamport_sandbox.calls if call != "POST /users/getToken"]
    assert calls == ["POST /payments/prepare", f"GET /payments/{imp_uid}"]


def test_a_payment_writes_those_columns_of_its_attempt_alone_that_it_changes(
    attempt, iamport_sandbox, confirm, statements
):
    confirm(attempt, iamport_sandbox.pay(attempt))

    (said,) = [sql for sql in statements() if sql.startswith('UPDATE "shop_ordertransaction"')]
    changed = (
        "imp_uid",
        "status",
        "paid_amount",
        "pay_method",
        "answer",
        "verified_at",
        "heard_at",
        "modified",
    )
    assert [name for name in changed if f'"{name}" = ' not in said] == []
    assert [name for name in ("vbank_num", "fail_reason", "cancelled_at") if f'"{name}" = ' in said] == []


def test_a_notice_takes_nine_statements_and_one_read_before_the_lock(attempt, iamport_sandbox, statements):
    imp_uid = iamport_sandbox.pay(attempt)
    earlier = len(statements())

    intake.receive(attempt.merchant_uid, imp_uid)

    said = statements()[earlier:]
    assert len(reads_of("shop_ordertransaction", before_the_lock(said))) == 1
    assert locks_in(said) == 1
    assert len(said) <= 9 + EXTRA_PER_LOCK


def test_a_partial_refund_takes_the_lock_twice(attempt, iamport_sandbox, confirm, statements):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    earlier = len(statements())

    row.cancel(10_000, reason="one cup broke")

    said = statements()[earlier:]
    assert locks_in(said) == 2
    assert len(said) <= 26 + 2 * EXTRA_PER_LOCK
    assert iamport_sandbox.calls == [f"GET /payments/{row.imp_uid}", "POST /payments/cancel"]
