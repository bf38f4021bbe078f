"""What becomes of a refund that was asked for: unknown, refused, late."""

import pytest

from django_iamport import exceptions
from django_iamport.models import Refund
from django_iamport.refunds import execution
from tests.refunds.looking import there
from tests.shop.models import OrderTransaction


@pytest.mark.parametrize("after", [True, False])
def test_an_unknown_outcome_is_looked_up_and_never_repeated_blindly(
    paid, iamport_sandbox, later, heard, after
):
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=after)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part", by="kim")
    assert Refund.objects.get().status == "unknown"

    execution.execute_all(OrderTransaction, Refund.objects.all())
    assert Refund.objects.get().status == ("done" if after else "unknown")
    later(minutes=6)
    execution.execute_all(OrderTransaction, Refund.objects.filter(open_key__isnull=False))

    assert (there(iamport_sandbox, paid), Refund.objects.get().status) == ([10_000], "done")
    assert [told["amount"] for told in heard["payment_cancelled"]] == [10_000]
    assert paid.cancellations.get().by == "kim"


def test_a_refund_of_the_same_sum_from_before_is_not_taken_for_this_one(paid, iamport_sandbox, later):
    paid.cancel(10_000, reason="earlier")
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    execution.execute_all(OrderTransaction, Refund.objects.filter(status="unknown"))

    assert Refund.objects.filter(status="unknown").count() == 1
    assert there(iamport_sandbox, paid) == [10_000]


def test_a_refund_that_came_through_late_makes_its_repetition_harmless(paid, iamport_sandbox, later):
    """Minutes later it was not to be seen, then it happened after all: the checksum stops the second one."""
    iamport_sandbox.fail_next("payments.cancel", timeout=True)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")
    later(minutes=6)
    iamport_sandbox.cancel_in_console(paid.imp_uid, 10_000)

    execution.execute_all(OrderTransaction, Refund.objects.all())

    assert (there(iamport_sandbox, paid), Refund.objects.get().status) == ([10_000], "done")


def test_a_refusal_is_told_in_the_gateways_words_and_ours_and_leaves_nothing_open(paid, iamport_sandbox):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "부분취소 불가 카드", "response": None}
    )

    with pytest.raises(exceptions.Refused) as refusal:
        paid.cancel(10_000, reason="part")

    refund = Refund.objects.get()
    assert refusal.value.gateway_message == "부분취소 불가 카드"
    assert (refund.status, refund.code, refund.gateway_message) == (
        "refused",
        "gateway_refused",
        "부분취소 불가 카드",
    )
    assert paid.cancel(reason="all of it, then").status == "done"


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("payments.find", {"timeout": True}),
        ("payments.find", {"status": 500}),
        ("payments.cancel", {"status": 401}),
        ("payments.cancel", {"status": 429}),
    ],
)
def test_an_error_means_that_nothing_happened_and_nothing_will(paid, iamport_sandbox, operation, fault):
    iamport_sandbox.fail_next(operation, times=2, **fault)

    with pytest.raises(exceptions.GatewayError) as failure:
        paid.cancel(10_000, reason="part")

    refund = Refund.objects.get()
    assert not isinstance(failure.value, exceptions.OutcomeUnknown)
    assert (refund.status, refund.code, refund.open_key) == ("refused", failure.value.code, None)
    execution.execute_all(OrderTransaction, [refund])
    assert there(iamport_sandbox, paid) == []


def test_a_receiver_that_fails_on_the_answer_leaves_the_outcome_to_be_looked_up(
    paid, iamport_sandbox, receive
):
    from django_iamport import signals

    failing = [RuntimeError("first time")]

    def receiver(**kwargs):
        if failing:
            raise failing.pop()

    receive(signals.payment_cancelled, receiver)
    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    execution.execute_all(OrderTransaction, Refund.objects.all())

    paid.refresh_from_db()
    assert (paid.cancel_amount, Refund.objects.get().status) == (10_000, "done")
    assert there(iamport_sandbox, paid) == [10_000]


def test_an_answer_without_the_refund_in_it_proves_nothing(paid, iamport_sandbox):
    before = iamport_sandbox.payment(paid.imp_uid)
    iamport_sandbox.fail_next("payments.cancel", body={"code": 0, "message": None, "response": before})

    with pytest.raises(exceptions.OutcomeUnknown):
        paid.cancel(10_000, reason="part")

    assert Refund.objects.get().status == "unknown"


def test_the_intent_is_stored_before_the_call(paid, iamport_sandbox, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(execution, "_call", die)
    with pytest.raises(Killed):
        paid.cancel(10_000, reason="part", by="kim")

    refund = Refund.objects.get()
    assert (refund.status, refund.amount, refund.checksum, refund.by) == ("sent", 10_000, 50_000, "kim")
