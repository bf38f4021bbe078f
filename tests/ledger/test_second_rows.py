"""A second payment under one number has a row of its own, whatever the shop's columns demand."""

import pytest
from django.db import connection, models

from django_iamport.exceptions import ReceiverFailed
from django_iamport.models import OperatorCall
from tests.reconciliation.test_run import Run
from tests.shop.models import OrderTransaction

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def constrain(transactional_db, monkeypatch):
    """Let the database hold a constraint of the shop's for the length of the test."""
    added = []

    def add(*fields):
        constraint = models.UniqueConstraint(fields=fields, name="shops_own")
        constraints = [*OrderTransaction._meta.constraints, constraint]
        monkeypatch.setattr(OrderTransaction._meta, "constraints", constraints)
        with connection.schema_editor() as editor:
            editor.add_constraint(OrderTransaction, constraint)
        added.append(constraint)

    yield add
    monkeypatch.undo()
    OrderTransaction._base_manager.all()._raw_delete("default")
    for constraint in added:
        with connection.schema_editor() as editor:
            editor.remove_constraint(OrderTransaction, constraint)


def test_second_payments_are_stored_and_returned_whatever_the_shops_columns_demand(
    constrain, attempt, iamport_sandbox, confirm
):
    constrain("note", "order")
    OrderTransaction.objects.filter(pk=attempt.pk).update(note="by hand")
    imp_uids = [iamport_sandbox.pay(attempt, force=True) for _ in range(4)]

    for imp_uid in imp_uids:
        confirm(attempt, imp_uid)

    first, *others = OrderTransaction.objects.order_by("pk")
    assert (first.status, first.note) == ("paid", "by hand")
    assert [(row.status, row.reject_reason) for row in others] == [("cancelled", "duplicate")] * 3
    assert [row.note for row in others] == ["", others[1].merchant_uid, others[2].merchant_uid]
    returned = [iamport_sandbox.payment(imp_uid)["cancel_amount"] for imp_uid in imp_uids]
    assert returned == [0, 50_000, 50_000, 50_000]
    assert (Run().code, OperatorCall.objects.count()) == (0, 0)


def test_without_constraints_a_second_payment_has_the_shops_columns(attempt, iamport_sandbox, confirm):
    OrderTransaction.objects.filter(pk=attempt.pk).update(note="by hand")
    for _ in range(2):
        confirm(attempt, iamport_sandbox.pay(attempt, force=True))

    assert [row.note for row in OrderTransaction.objects.all()] == ["by hand", "by hand"]


def test_a_receiver_that_fails_on_the_row_of_a_second_payment_is_told_again(
    attempt, iamport_sandbox, confirm, receive
):
    def audit(sender, instance, created, **kwargs):
        if created and sender is OrderTransaction:
            OrderTransaction.objects.create(merchant_uid=attempt.merchant_uid, order=instance.order, amount=1)

    confirm(attempt, iamport_sandbox.pay(attempt))
    receive(models.signals.post_save, audit)
    with pytest.raises(ReceiverFailed):
        confirm(attempt, iamport_sandbox.pay(attempt, force=True))

    assert OrderTransaction.objects.get().backlog_code == "receiver_failed"


def test_a_second_payment_that_no_row_can_hold_calls_the_operator(
    constrain, attempt, iamport_sandbox, confirm, heard, caplog
):
    constrain("gateway_merchant_uid")
    confirm(attempt, iamport_sandbox.pay(attempt))
    imp_uid = iamport_sandbox.pay(attempt, force=True)

    assert confirm(attempt, imp_uid).status == "paid"

    row = OrderTransaction.objects.get()
    assert (row.status, row.held_amount) == ("paid", 50_000)
    assert [call["reason"] for call in heard["operator_needed"]] == ["second_payment"]
    noted = row.history.last()
    assert (noted.event, noted.reason, noted.imp_uid) == ("needs_operator", "second_payment", imp_uid)
    assert imp_uid in caplog.text
    assert "IntegrityError" in caplog.text
    confirm(attempt)
    assert (Run().code, OperatorCall.objects.open().count()) == (4, 1)
    row.answer_operator("refunded in the console", by="operator:1")
    iamport_sandbox.cancel_in_console(imp_uid)
    assert Run().code == 0
