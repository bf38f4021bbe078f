"""One row's trouble is one row's (rule 39): the run goes on, the position advances, the row is listed."""

from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from django_iamport import reconciliation, signals
from django_iamport.exceptions import RejectPayment
from django_iamport.ledger import posting
from django_iamport.models import Refund
from django_iamport.reconciliation import shop_records
from django_iamport.records import sync_cursor
from tests.reconciliation.test_run import Run, age, status_of
from tests.shop.models import Order

ODD = [RejectPayment("odd"), TypeError("None"), RecursionError(), ValueError("odd"), ObjectDoesNotExist()]


@pytest.fixture
def broken(begin, iamport_sandbox, monkeypatch):
    """Two paid attempts; whatever is posted to the first raises this."""

    def make(error):
        attempts = [begin(), begin()]
        for attempt in attempts:
            iamport_sandbox.pay(attempt)
        post = posting.post

        def fail(attempt, *arguments):
            if attempt.pk == attempts[0].pk:
                raise error
            return post(attempt, *arguments)

        monkeypatch.setattr(posting, "post", fail)
        return attempts

    return make


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", ["listed", "looked up"])
def test_an_exception_of_any_kind_concerns_its_row_alone(broken, monkeypatch, caplog, error, way):
    bad, fine = broken(error)
    if way == "looked up":
        sync_cursor.lease("payments")
        sync_cursor.release("payments", position=timezone.now().isoformat())
        for attempt in (bad, fine):
            age(attempt, days=3)

    run = Run()

    assert run.err == [f"{bad.merchant_uid}: unexpected_error"]
    assert run.code == reconciliation.NEEDS_SOMEBODY
    assert (status_of(bad), bad.backlog_code, status_of(fine)) == ("ready", "unexpected_error", "paid")
    assert len([record for record in caplog.records if record.exc_info]) == 1
    monkeypatch.undo()
    assert Run().code == 0
    assert (status_of(bad), bad.backlog_code) == ("paid", "")


@pytest.mark.database
def test_the_position_of_the_lists_advances_behind_a_bad_row(broken):
    broken(TypeError("None"))
    assert sync_cursor.listed_until("payments") is None
    Run()
    assert sync_cursor.listed_until("payments") is not None


def test_an_order_that_asks_for_none_or_is_hidden_stops_no_other(begin, iamport_sandbox, monkeypatch):
    nothing, fine = begin(name="nothing"), begin()
    for attempt in (nothing, fine):
        iamport_sandbox.pay(attempt)
    amount = Order.get_payment_amount
    monkeypatch.setattr(
        Order, "get_payment_amount", lambda order: None if order.name == "nothing" else amount(order)
    )
    run = Run()
    assert [line.split(": ")[0] for line in run.err] == [nothing.merchant_uid]
    assert (run.code, status_of(fine)) == (reconciliation.NEEDS_SOMEBODY, "paid")


def test_a_receiver_of_operator_needed_that_fails_stops_no_other(
    begin, iamport_sandbox, confirm, receive, settings
):
    bad, fine = begin(), begin()
    confirm(bad, imp_uid := iamport_sandbox.pay(bad))
    iamport_sandbox.edit(imp_uid, status="failed", paid_at=0)
    iamport_sandbox.pay(fine)

    def call(**kwargs):
        raise ValueError

    receive(signals.operator_needed, call)
    run = Run()
    assert {line.split(": ")[0] for line in run.err} == {bad.merchant_uid}
    assert (run.code, status_of(fine)) == (reconciliation.NEEDS_SOMEBODY, "paid")


def test_a_refund_that_raises_anything_stops_no_other(begin, iamport_sandbox, confirm, monkeypatch):
    for _ in range(2):
        iamport_sandbox.fail_next("payments.cancel", disconnect=True)
        confirm(attempt := begin(), iamport_sandbox.pay(attempt, amount=100))
    Refund.objects.update(status="wanted", sent_at=None)
    first = Refund.objects.order_by("pk").first()
    execute = shop_records.execution.execute

    def fail(model, refund):
        if refund.pk == first.pk:
            raise TypeError
        execute(model, refund)

    monkeypatch.setattr(shop_records.execution, "execute", fail)
    run = Run()
    assert f"{first.merchant_uid}: unexpected_error" in run.err
    assert "refund done: 1" in run.out


def test_a_part_that_raises_hides_no_other_part(attempt, iamport_sandbox, monkeypatch, settings):
    settings.IAMPORT_GIVE_UP_AFTER = timedelta(days=1)
    iamport_sandbox.pay(attempt)

    def fail(moment):
        raise ValueError

    monkeypatch.setattr(Order, "unpaid_since", fail)
    run = Run()
    assert run.err == ["unpaid shop.ordertransaction: unexpected_error"]
    assert status_of(attempt) == "paid"


ODD_PAYMENTS = [
    {"currency": None},
    {"escrow": 0},
    {"promotion": {"id": "p"}},
    {"amount": "50000"},
    {"amount": None},
    {"cancel_amount": None},
    {"started_at": "now"},
    {"paid_at": -1},
    {"sandbox": "no"},
    {"cancel_history": {}},
    {"cancel_history": [{"amount": None}]},
    {"cancel_history": [None]},
    {"status": None},
    {"vbank_num": 5},
    {"customer_uid": []},
]


@pytest.mark.parametrize("odd", ODD_PAYMENTS, ids=str)
def test_a_payment_that_cant_be_read_is_listed_by_its_imp_uid_and_hides_no_other(begin, iamport_sandbox, odd):
    bad, fine = begin(), begin()
    imp_uid = iamport_sandbox.pay(bad)
    iamport_sandbox.pay(fine)
    iamport_sandbox.edit(imp_uid, **odd)

    for _ in range(2):
        run = Run()
        assert run.err == [f"{imp_uid}: payment_unreadable"]
        assert run.code == reconciliation.NEEDS_SOMEBODY
        assert (status_of(bad), status_of(fine)) == ("ready", "paid")
    assert sync_cursor.listed_until("payments") is not None


@pytest.mark.database
def test_a_payment_that_can_be_read_again_is_taken_in_and_no_longer_listed(begin, iamport_sandbox):
    imp_uid = iamport_sandbox.pay(attempt := begin())
    iamport_sandbox.edit(imp_uid, currency=None)
    assert Run().code == reconciliation.NEEDS_SOMEBODY
    iamport_sandbox.edit(imp_uid, currency="KRW")
    assert Run().code == 0
    assert (status_of(attempt), attempt.backlog_code) == ("paid", "")


def test_an_odd_payment_of_another_shop_is_nobodys_trouble(begin, iamport_sandbox):
    iamport_sandbox.edit(iamport_sandbox.pay(merchant_uid="somebodyelses", amount=1000), currency=None)
    iamport_sandbox.pay(attempt := begin())
    run = Run()
    assert (run.err, run.code, status_of(attempt)) == ([], 0, "paid")


def test_nothing_ends_under_a_number_of_which_a_payment_cant_be_read(attempt, iamport_sandbox, heard):
    iamport_sandbox.edit(iamport_sandbox.open(attempt), currency=None)
    iamport_sandbox.decline(attempt)
    Run()
    assert heard.names == []
    assert status_of(attempt) == "ready"
