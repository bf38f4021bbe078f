"""What was heard, from whom, what was decided and what changed: added in the same breath, never altered."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_iamport import signals
from django_iamport.exceptions import GatewayError, HistoryKept, ReceiverFailed
from django_iamport.models import History
from django_iamport.records.history import Origin, note
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction


def told(row):
    return [(h.event, h.source, h.status_before, h.status_after) for h in row.history]


@pytest.mark.parametrize("source", ["browser", "redirect", "webhook", "sync", "admin", "command"])
def test_who_brought_the_news_and_what_came_of_it(attempt, iamport_sandbox, confirm, source):
    confirm(attempt, iamport_sandbox.pay(attempt), source)

    assert told(attempt) == [("paid", source, "ready", "paid")]


def test_what_the_gateway_said_is_kept_without_persons(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt, buyer_name="홍길동", buyer_tel="010-1234-5678")
    confirm(attempt, imp_uid)

    note = attempt.history.get()
    assert (note.imp_uid, note.amount, note.currency) == (imp_uid, 50_000, "KRW")
    assert (note.heard["status"], note.heard["amount"], note.heard["sandbox"]) == ("paid", 50_000, False)
    assert not any(word in str(note.heard) for word in ("홍길동", "010", "vbank_num", "buyer"))


def test_a_life_of_a_virtual_account(attempt, iamport_sandbox, confirm):
    confirm(attempt, imp_uid := iamport_sandbox.issue_account(attempt))
    iamport_sandbox.deposit(imp_uid)
    confirm(attempt, imp_uid)
    iamport_sandbox.cancel_in_console(imp_uid)
    confirm(attempt, imp_uid)

    assert [row[0] for row in told(attempt)] == ["account_issued", "paid", "cancelled"]
    assert told(attempt)[-1] == ("cancelled", "webhook", "paid", "cancelled")


def test_a_verdict_stands_there_with_its_reason_and_its_wish(attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))

    assert [(h.event, h.reason) for h in attempt.history][:2] == [
        ("rejected", "forged"),
        ("refund_wanted", "forged"),
    ]
    assert told(attempt)[-1][0] == "cancelled"


def test_whose_hand_it_was(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    attempt.sync(source="admin", by="kim")

    assert [(h.source, h.by) for h in attempt.history] == [("admin", "kim")]


def test_the_same_told_again_is_noted_once(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    for _ in range(4):
        confirm(attempt, imp_uid)
    for _ in range(3):
        confirm(attempt, imp_uid, "sync")

    assert [row[0] for row in told(attempt)] == ["paid", "unchanged"]


def test_an_answer_that_takes_a_payment_back_is_noted(attempt, iamport_sandbox, confirm):
    confirm(attempt, imp_uid := iamport_sandbox.pay(attempt))
    iamport_sandbox.edit(imp_uid, status="failed", paid_at=0, failed_at=1)
    confirm(attempt, imp_uid)

    last = attempt.history.last()
    assert (last.event, last.reason, last.status_after) == ("needs_operator", "taken_back", "paid")
    assert last.heard["status"] == "failed"


# In the same transaction, or, where that was undone, outside of it.


def test_what_was_undone_is_not_in_the_history_and_the_failure_is(attempt, iamport_sandbox, confirm, receive):
    def receiver(**kwargs):
        raise RuntimeError("bug")

    receive(signals.payment_paid, receiver)
    imp_uid = iamport_sandbox.pay(attempt)
    for _ in range(3):
        with pytest.raises(ReceiverFailed):
            confirm(attempt, imp_uid)

    assert [(h.event, h.reason, h.source) for h in attempt.history] == [
        ("error", "receiver_failed", "webhook")
    ]


def test_a_gateway_that_is_down_is_noted_once(attempt, iamport_sandbox, confirm):
    iamport_sandbox.fail_next("payments.find_all_page", timeout=True, times=4)
    for _ in range(2):
        with pytest.raises(GatewayError):
            confirm(attempt)

    assert [(h.event, h.reason) for h in attempt.history] == [("error", "gateway_timeout")]


# Of all transaction models, by merchant_uid.


def test_one_history_for_all_transaction_models(db, iamport_sandbox):
    ticket = Ticket.objects.create(price=9_000)
    attempt = TicketTransaction.objects.create_new(ticket)
    iamport_sandbox.pay(attempt)
    attempt.sync()

    assert History.objects.of(attempt.merchant_uid).get().event == "paid"
    assert attempt.history.get().event == "paid"


# Added, never altered.


@pytest.fixture
def row(db):
    note("uid", "paid", origin=Origin("webhook"), using="default")
    return History.objects.get()


@pytest.mark.parametrize(
    "alter",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: History.objects.update(event="failed"),
        lambda row: History.objects.filter(pk=row.pk).delete(),
        lambda row: History.objects.bulk_update([row], ["event"]),
        lambda row: History._base_manager.all().delete(),
        lambda row: History._base_manager.update(event="failed"),
    ],
)
def test_a_row_is_never_altered_nor_deleted(row, alter):
    with pytest.raises(HistoryKept):
        alter(row)

    assert History.objects.get().event == "paid"


@pytest.mark.parametrize(
    "number", ["110-123-456789", "1101234567890", "010 1234 5678", "4111 1111 1111 1111"]
)
def test_long_numbers_in_a_reason_are_masked(db, number):
    note("uid", "accepted", origin=Origin("admin", "kim"), using="default", reason=f"to {number}, 50000 won")

    assert History.objects.get().reason == "to ***, 50000 won"


# Pruned.


@pytest.fixture
def days(db):
    def make(*ages):
        now = timezone.now()
        for age in ages:
            History.objects.create(
                merchant_uid="uid",
                event="paid",
                source="webhook",
                created=now - timedelta(days=age),
                reason=age,
            )

    return make


def pruned(**options):
    out = StringIO()
    call_command("iamport_prune", stdout=out, **options)
    return out.getvalue(), sorted(int(h.reason) for h in History.objects.all())


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_what_is_old_is_pruned_in_batches(days, batch):
    days(400, 366, 364, 1)

    assert pruned(days=365, batch=batch) == ("2 history rows deleted\n", [1, 364])


def test_a_dry_run_counts_and_deletes_nothing(days):
    days(400, 1)

    assert pruned(days=365, dry_run=True) == ("1 history rows would be deleted\n", [1, 400])


@pytest.mark.parametrize("options", [{"days": 0}, {"days": -1}, {"days": 1, "batch": 0}])
def test_everything_is_never_pruned_by_a_slip(days, options):
    days(400, 1)
    with pytest.raises(CommandError):
        pruned(**options)

    assert History.objects.count() == 2


def test_orders_and_transactions_know_nothing_of_it(order, attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt))

    assert {field.name for field in OrderTransaction._meta.get_fields()} & {
        "history",
        "cancellations",
    } == set()
    assert Order.objects.get().status == "paid"
