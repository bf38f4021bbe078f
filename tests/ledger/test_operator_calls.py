"""A human who is needed is called until he has answered: stored first, told after the commit, told again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import OperatorNotCalled
from django_iamport.models import History, OperatorCall, Refund
from tests.reconciliation.test_run import Run
from tests.shop.models import OrderTransaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contradicted(attempt, iamport_sandbox, confirm):
    """A paid payment of which the gateway says now that it was never paid."""
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    iamport_sandbox.edit(imp_uid, status="ready")
    return imp_uid


def open_reasons():
    return list(OperatorCall.objects.open().values_list("reason", flat=True))


@pytest.mark.database
def test_the_call_is_stored_and_the_receiver_is_told_after_the_commit(
    attempt, iamport_sandbox, confirm, receive, contradicted
):
    from django.db import connection

    told = []

    def receiver(transaction, reason, **kwargs):
        told.append((reason, connection.in_atomic_block, OperatorCall.objects.get().sent_at))

    receive(signals.operator_needed, receiver)
    confirm(attempt, contradicted)

    assert told == [("taken_back", False, None)]
    assert open_reasons() == ["taken_back"]
    assert OperatorCall.objects.get().sent_at is not None


@pytest.mark.database
def test_a_receiver_that_fails_undoes_nothing_and_is_told_again_by_sync(
    attempt, iamport_sandbox, confirm, receive, contradicted, caplog
):
    failing, told = [RuntimeError("the mail server is down")], []

    def receiver(reason, **kwargs):
        if failing:
            raise failing.pop()
        told.append(reason)

    receive(signals.operator_needed, receiver)
    confirm(attempt, contradicted)

    assert (open_reasons(), told) == (["taken_back"], [])
    assert "the mail server is down" in caplog.text
    assert OrderTransaction.objects.get().backlog_code == "taken_back"
    Run()
    assert told == ["taken_back"]


@pytest.mark.database
def test_he_is_called_once_for_the_same_and_reminded_every_day(
    attempt, iamport_sandbox, confirm, heard, contradicted, later
):
    for _ in range(3):
        confirm(attempt, contradicted)
    Run()
    assert len(heard["operator_needed"]) == 1

    OperatorCall.objects.update(sent_at=timezone.now() - timedelta(days=1, minutes=1))
    Run()
    assert len(heard["operator_needed"]) == 2
    assert History.objects.filter(event="needs_operator").count() == 1


@pytest.mark.database
def test_sync_ends_with_4_until_he_has_answered(attempt, iamport_sandbox, confirm, contradicted):
    confirm(attempt, contradicted)
    assert (Run().code, Run().err) == (4, [f"{attempt.merchant_uid}: taken_back"])

    OrderTransaction.objects.get().answer_operator(
        "The gateway repaired it; asked by telephone.", by="operator:1"
    )
    iamport_sandbox.edit(contradicted, status="paid")

    assert Run().failed == ""
    note = History.objects.get(event="operator_answered")
    assert (note.by, note.reason) == ("operator:1", "The gateway repaired it; asked by telephone.")
    assert (open_reasons(), OperatorCall.objects.get().answer) == ([], note.reason)


def test_what_the_next_run_goes_on_with_hides_no_call(attempt, iamport_sandbox, confirm):
    """News of the same transaction that waits for the gateway alone would be 3."""
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    OperatorCall.objects.store(row.merchant_uid, "second_payment", imp_uid="imp_1")
    OrderTransaction._base_manager.filter(pk=row.pk).update(
        backlog_since=timezone.now(), backlog_code="gateway_timeout"
    )
    iamport_sandbox.fail_next("payments.find_all_page", disconnect=True, times=9)

    run = Run()

    assert run.code == 4
    assert f"{row.merchant_uid}: second_payment" in run.err


def test_what_is_not_called_for_can_not_be_answered(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    with pytest.raises(OperatorNotCalled):
        row.answer_operator("nothing")


def test_a_gateway_that_agrees_again_needs_no_answer(attempt, iamport_sandbox, confirm, contradicted):
    confirm(attempt, contradicted)
    iamport_sandbox.edit(contradicted, status="paid")

    confirm(attempt, contradicted)

    assert (open_reasons(), OrderTransaction.objects.get().backlog_code) == ([], "")


def test_a_card_registered_instead_of_a_payment_can_be_answered(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt, customer_uid_usage="issue"))
    assert (row.reject_reason, open_reasons()) == ("not_a_payment", ["not_a_payment"])
    assert (Run().code, Run().err) == (4, [f"{row.merchant_uid}: not_a_payment"])

    row.answer_operator("A test of ours.", by="operator:1")

    assert Run().failed == ""


# Money that no order wants.


@pytest.mark.parametrize("settled", [(), ("duplicate",)])
def test_rejected_money_is_never_held_in_silence(
    attempt, iamport_sandbox, confirm, heard, settings, settled, caplog
):
    settings.IAMPORT_AUTO_CANCEL = settled
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))

    assert (row.status, row.held_amount) == ("rejected", 60_000)
    assert [news["reason"] for news in heard["operator_needed"]] == ["held"]
    assert row.merchant_uid in caplog.text
    assert (Run().code, Run().err) == (4, [f"{row.merchant_uid}: rejected_money_held"])


@pytest.mark.parametrize(
    ("columns", "code"),
    [({"amount": 1, "checksum": 60_000}, 4), ({"amount": 60_000}, 3)],
)
def test_what_returns_less_than_all_of_it_hides_nothing(
    attempt, iamport_sandbox, confirm, settings, columns, code
):
    settings.IAMPORT_AUTO_CANCEL = ()
    row = confirm(attempt, imp_uid := iamport_sandbox.pay(attempt, amount=60_000))
    row.answer_operator("I will decide tomorrow.")
    of_payment = {"kind": "refund", "merchant_uid": row.merchant_uid, "imp_uid": imp_uid, "open_key": "x"}
    Refund.objects.create(**{**of_payment, **columns, "status": "sent", "sent_at": timezone.now()})

    assert Run().code == code


def test_an_answer_alone_does_not_end_it_but_the_money_that_goes_back_does(
    attempt, iamport_sandbox, confirm, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    row.answer_operator("I will decide tomorrow.", by="operator:1")
    assert Run().code == 4

    row.cancel(reason="decided")

    assert (Run().failed, open_reasons()) == ("", [])


def test_or_its_acceptance(attempt, iamport_sandbox, confirm, settings):
    settings.IAMPORT_AUTO_CANCEL = ()
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))

    row.accept(reason="he pays the rest in cash")

    assert (Run().failed, open_reasons()) == ("", [])
