"""What is personal is blanked; sums, ids and moments stay, and nothing that money still needs is touched."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone

from django_iamport import access
from django_iamport.exceptions import HistoryKept
from django_iamport.forms import RefundAccount
from django_iamport.ledger.erasing import Eraser
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from django_iamport.records.order_token import OrderToken
from django_iamport.rules.dates import KST, years_before
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction

HOLDER = "홍길동"
KEPT_OF_A_TRANSACTION = (
    *(
        "merchant_uid",
        "gateway_merchant_uid",
        "imp_uid",
        "order_id",
        "amount",
        "currency",
        "status",
        "paid_amount",
    ),
    *("paid_currency", "cancel_amount", "paid_at", "cancelled_at", "verified_at", "created", "pg_provider"),
    *("paid_order_key", "pay_method", "reject_reason", "vbank_date", "vbank_issued_at", "answer"),
)


def erase(*arguments):
    """Exit status, and what was told."""
    out, code = StringIO(), 0
    try:
        call_command("iamport_erase", *arguments, "--json", stdout=out)
    except CommandError as error:
        code = error.returncode
    return code, json.loads(out.getvalue() or "{}")


def age(days, *, of=None):
    """Everything, or all of one payment, becomes that much older."""
    span = timedelta(days=days)
    only = {} if of is None else {"merchant_uid": of.merchant_uid}
    for model in (OrderTransaction, TicketTransaction):
        for row in model._base_manager.filter(**only):
            moments = ("created", "paid_at", "cancelled_at", "erased_at")
            older = {name: getattr(row, name) and getattr(row, name) - span for name in moments}
            model._base_manager.filter(pk=row.pk).update(**older)
    for model in (Refund, Cancellation, History):
        for row in model._base_manager.filter(**only):
            older = {"created": row.created - span}
            if model is Cancellation:
                older["cancelled_at"] = row.cancelled_at - span
            QuerySet.update(model.objects.filter(pk=row.pk), **older)


def texts():
    """All that the tables of this package hold."""
    models = (OrderTransaction, TicketTransaction, Refund, Cancellation, History, OperatorCall)
    return " ".join(str(values) for model in models for values in model._base_manager.values())


@pytest.fixture
def deposited(order, iamport_sandbox, confirm):
    """A deposit of 50,000 won, of which the operator and the customer had 10,000 and 5,000 returned."""
    attempt = OrderTransaction.objects.create_new(order)
    imp_uid = iamport_sandbox.issue_account(attempt)
    iamport_sandbox.edit(imp_uid, vbank_holder=HOLDER, receipt_url="https://receipt.example/a")
    confirm(attempt, imp_uid)
    iamport_sandbox.deposit(imp_uid)
    row = confirm(attempt, imp_uid)
    account = RefundAccount(bank="088", account="110123456789", holder=HOLDER)
    row.cancel(10_000, reason=f"{HOLDER} asked", refund_account=account, by="operator:12")
    row.cancel(5_000, reason="one cup broke", refund_account=account, by="customer:7")
    row.refresh_from_db()
    assert row.vbank_holder == HOLDER
    assert row.receipt_url
    return row


def test_an_orders_payments_keep_sums_ids_and_moments_and_lose_persons(deposited):
    before = {name: getattr(deposited, name) for name in KEPT_OF_A_TRANSACTION}
    sums = [(c.entry, c.amount, c.cancelled_at) for c in deposited.cancellations]
    events = [(h.event, h.amount, h.created, h.heard) for h in deposited.history]

    code, told = erase("--order", str(deposited.order_id))

    row = OrderTransaction.objects.get()
    assert {name: getattr(row, name) for name in KEPT_OF_A_TRANSACTION} == before
    assert (row.vbank_num, row.vbank_holder, row.receipt_url, row.fail_reason) == ("", "", "", "")
    assert row.erased_at is not None
    assert [(c.entry, c.amount, c.cancelled_at) for c in row.cancellations] == sums
    assert [(h.event, h.amount, h.created, h.heard) for h in row.history][:-1] == events
    assert (row.history.last().event, row.history.last().source) == ("erased", "command")
    assert {r.by for r in row.refunds} == {"operator:12", "customer"}
    assert {r.reason for r in row.refunds} == {r.reason for r in row.cancellations} == {""}
    for personal in (HOLDER, "one cup broke", "customer:7", "receipt.example", deposited.vbank_num):
        assert personal not in texts()
    assert (code, told["transactions"], told["refunds"], told["cancellations"]) == (0, 1, 2, 2)
    assert {"backups", "gateway"} <= {*told["not_reached"]}


def test_a_dry_run_counts_the_same_and_stores_nothing(deposited):
    before = texts()
    code, told = erase("--order", str(deposited.order_id), "--dry-run")
    assert (code, texts()) == (0, before)
    assert {**told, "dry_run": False} == erase("--order", str(deposited.order_id))[1]


def test_what_is_told_to_people_names_what_is_not_reached(deposited):
    out = StringIO()
    call_command("iamport_erase", "--order", str(deposited.order_id), stdout=out)
    for words in ("transactions 1", "backups of the database", "the gateway"):
        assert words in out.getvalue()


def test_words_of_the_rules_stay(attempt, iamport_sandbox, confirm):
    confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    before = [(h.event, h.reason) for h in attempt.history]
    assert ("rejected", "forged") in before

    erase("--order", str(attempt.order_id))

    assert [(h.event, h.reason) for h in attempt.history][:-1] == before
    assert attempt.refunds.get().reason == "forged"


def test_what_was_erased_stays_so_whatever_the_gateway_says_later(deposited, iamport_sandbox, confirm):
    erase("--order", str(deposited.order_id))
    iamport_sandbox.cancel_in_console(deposited.imp_uid, 5_000)

    row = confirm(deposited, deposited.imp_uid)

    assert row.cancel_amount == 20_000
    assert (row.vbank_num, row.vbank_holder, row.receipt_url) == ("", "", "")
    assert HOLDER not in texts()


def test_a_payment_that_was_erased_can_still_be_refunded(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    erase("--order", str(row.order_id))
    row = OrderTransaction.objects.get()
    assert row.cancel(reason="returned", by="operator:12").status == "done"
    row.refresh_from_db()
    assert (row.status, row.cancel_amount) == ("cancelled", 50_000)
    assert erase("--order", str(row.order_id))[1]["cancellations"] == 1
    assert "returned" not in texts()


# What money still needs.


def test_a_running_refund_keeps_its_account_and_its_payment(attempt, iamport_sandbox, confirm):
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    row = confirm(attempt, imp_uid)
    Refund.objects.update(
        refund_bank="088", refund_account="110123456789", refund_holder=HOLDER, reason="why"
    )
    before = texts()

    code, told = erase("--order", str(row.order_id))

    assert (code, told["kept"]) == (3, {row.merchant_uid: "refund_pending"})
    assert texts() == before


def test_an_account_that_waits_for_its_deposit_is_kept(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.issue_account(attempt))
    assert erase("--order", str(row.order_id))[1]["kept"] == {row.merchant_uid: "deposit_pending"}
    row.refresh_from_db()
    assert row.is_awaiting_deposit


def test_rejected_money_that_is_held_is_kept(attempt, iamport_sandbox, confirm, settings):
    settings.IAMPORT_AUTO_CANCEL = ()
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=60_000))
    assert erase("--order", str(row.order_id))[1]["kept"] == {row.merchant_uid: "rejected_money_held"}


def test_a_call_that_no_operator_answered_is_kept(deposited):
    OperatorCall.objects.store(deposited.merchant_uid, "taken_back", imp_uid=deposited.imp_uid)
    told = erase("--order", str(deposited.order_id))[1]
    assert told["kept"] == {deposited.merchant_uid: "operator_called"}


def test_what_an_operator_answered_is_erased_and_that_he_did_stays(deposited):
    OperatorCall.objects.store(deposited.merchant_uid, "taken_back", imp_uid=deposited.imp_uid)
    deposited.answer_operator(f"{HOLDER} called", by="kim-desk")

    assert erase("--order", str(deposited.order_id))[1]["operator_calls"] == 1

    call = OperatorCall.objects.get()
    assert (call.reason, call.answer, call.answered_by) == ("taken_back", "", "")
    assert call.answered_at is not None
    assert HOLDER not in texts()
    assert "kim-desk" not in texts()


def test_news_that_waits_is_kept(deposited):
    OrderTransaction.objects.update(backlog_since=timezone.now(), backlog_code="noticed")
    told = erase("--order", str(deposited.order_id))[1]
    assert told["kept"] == {deposited.merchant_uid: "news_pending"}


def test_one_rows_trouble_is_one_rows(deposited, make_order, iamport_sandbox, confirm, monkeypatch):
    other = OrderTransaction.objects.create_new(make_order())
    confirm(other, iamport_sandbox.pay(other))
    store = OrderTransaction.store_erased

    def failing(row, *args, **kwargs):
        if row.pk == deposited.pk:
            raise Order.DoesNotExist
        store(row, *args, **kwargs)

    monkeypatch.setattr(OrderTransaction, "store_erased", failing)
    code, told = erase("--order", str(deposited.order_id), "--order", str(other.order_id))

    assert (code, told["transactions"], told["kept"]) == (3, 1, {deposited.merchant_uid: "database_error"})
    assert HOLDER in texts()
    assert not deposited.history.filter(event="erased").exists()


# One person.


def test_a_persons_orders_and_hand_are_erased(make_order, iamport_sandbox, confirm, deposited):
    kim = User.objects.create_user("kim-desk", is_staff=True)
    own = OrderTransaction.objects.create_new(make_order(user=kim))
    confirm(own, iamport_sandbox.pay(own)).cancel(1_000, reason="mine", by=f"customer:{kim.pk}")
    OrderTransaction.objects.get(pk=deposited.pk).sync(source="admin", by=kim)
    assert deposited.history.filter(by=f"operator:{kim.pk}").exists()

    code, told = erase("--user", str(kim.pk))

    assert (code, told["transactions"]) == (0, 1)
    assert "mine" not in texts()
    assert f"customer:{kim.pk}" not in texts()
    assert not History.objects.filter(by=f"operator:{kim.pk}").exists()
    assert History.objects.filter(by="operator").exists()
    assert HOLDER in texts()


def test_that_a_person_gave_an_account_is_erased_as_well(deposited):
    Refund.objects.filter(merchant_uid=deposited.merchant_uid).update(account_given_by="operator:3")

    told = erase("--user", "3", "--dry-run")[1]
    assert told["refunds"] == 2
    assert erase("--user", "3")[1] == {**told, "dry_run": False}
    assert {refund.account_given_by for refund in deposited.refunds} == {"operator"}
    assert {refund.by for refund in deposited.refunds} == {"operator:12", "customer:7"}


def test_a_user_without_anything_is_no_error(db):
    assert erase("--user", "12")[0] == 0


# All that is older than the law asks.


@pytest.mark.parametrize(("days", "erased"), [(5 * 366, 1), (5 * 365 - 30, 0)])
def test_what_is_older_than_five_years_is_erased(deposited, days, erased):
    age(days)
    assert erase("--expired")[1]["transactions"] == erased
    assert (HOLDER in texts()) is not bool(erased)
    assert erase("--expired")[1]["transactions"] == 0


def test_the_years_are_a_setting(deposited, settings):
    age(400)
    assert erase("--expired")[1]["transactions"] == 0
    settings.IAMPORT_RETENTION_YEARS = 1
    assert erase("--expired")[1]["transactions"] == 1


def test_a_payment_counts_from_its_last_refund(deposited):
    age(5 * 366)
    now = timezone.now()
    OrderTransaction._base_manager.update(cancelled_at=None)
    Cancellation.objects.filter(amount=5_000).update(cancelled_at=now)
    assert erase("--expired")[1]["transactions"] == 0


def test_a_run_that_was_stopped_is_begun_again_and_goes_on(deposited, make_order, iamport_sandbox, confirm):
    for _ in range(4):
        other = OrderTransaction.objects.create_new(make_order())
        confirm(other, iamport_sandbox.pay(other))
    age(5 * 366)
    eraser, stored = Eraser("default", batch=2), []

    def stop_at_the_third(row, *args, **kwargs):
        stored.append(row)
        if len(stored) == 3:
            raise KeyboardInterrupt
        return original(row, *args, **kwargs)

    original = OrderTransaction.store_erased
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OrderTransaction, "store_erased", stop_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            eraser.erase(OrderTransaction._base_manager.all())
    assert OrderTransaction.objects.exclude(erased_at=None).count() == 2
    assert History.objects.filter(event="erased").count() == 2

    assert erase("--expired", "--batch", "2")[1]["transactions"] == 3
    assert not OrderTransaction.objects.filter(erased_at=None).exists()


def test_rows_whose_transaction_is_gone_are_erased_too(db):
    for merchant_uid, reason in (("gone", f"{HOLDER} asked"), ("young", "kim asked")):
        History.objects.create(merchant_uid=merchant_uid, source="admin", by="kim-desk", reason=reason)
        Refund.objects.create(
            kind="refund",
            merchant_uid=merchant_uid,
            imp_uid=merchant_uid,
            amount=1,
            reason=reason,
            by="kim-desk",
            status="done",
        )
        Cancellation.objects.create(
            merchant_uid=merchant_uid,
            imp_uid=merchant_uid,
            amount=1,
            cancelled_at=timezone.now(),
            entry="1",
            reason=reason,
            by="kim-desk",
            currency="KRW",
            source="admin",
        )
    age(5 * 366, of=History.objects.get(merchant_uid="gone"))

    told = erase("--expired")[1]

    assert (told["refunds"], told["cancellations"], told["history"]) == (1, 1, 1)
    assert HOLDER not in texts()
    assert History.objects.get(merchant_uid="young").reason == "kim asked"
    assert erase("--expired")[1]["history"] == 0


def test_a_guest_is_forgotten_with_the_order(deposited, rf):
    request = rf.get("/")
    request.session = {}
    access.remember(request, deposited.order)
    erase("--order", str(deposited.order_id))
    assert not OrderToken.objects.exists()
    assert not access.owns(request, deposited.order)


def test_an_order_of_another_model_is_named_with_it(db, iamport_sandbox):
    attempt = TicketTransaction.objects.create_new(ticket := Ticket.objects.create(price=9_000))
    iamport_sandbox.pay(attempt)
    attempt.sync(by="kim-desk")
    assert erase("--order", f"shop.ticket:{ticket.pk}")[1]["transactions"] == 1
    assert "kim-desk" not in texts()


@pytest.mark.parametrize(
    "arguments", [["--order", "999"], ["--order", "x"], ["--order", "shop.cat:1"], ["--user", "x"]]
)
def test_nobody_is_erased_by_a_slip(deposited, arguments):
    before = texts()
    assert erase(*arguments)[0] == 1
    assert texts() == before


@pytest.mark.parametrize("arguments", [[], ["--expired", "--order", "1"], ["--expired", "--batch", "0"]])
def test_exactly_one_choice_is_asked_for(db, arguments):
    with pytest.raises(CommandError):
        call_command("iamport_erase", *arguments)


# The one named exception of the history.


@pytest.mark.parametrize("columns", [{"event": "failed"}, {"amount": 1}, {"by": "", "created": None}])
def test_erasing_the_history_alters_nothing_but_who_and_why(db, columns):
    with pytest.raises(HistoryKept):
        History.objects.all().erase(**columns)


def test_the_history_is_still_never_updated(deposited):
    with pytest.raises(HistoryKept):
        History.objects.update(by="")


def test_years_are_counted_in_korea():
    leap_day = timezone.datetime(2028, 2, 29, 1, tzinfo=KST)
    assert years_before(leap_day, 5) == timezone.datetime(2023, 2, 28, 1, tzinfo=KST)
    new_year = timezone.datetime(2028, 12, 31, 20, tzinfo=timezone.get_fixed_timezone(0))
    assert years_before(new_year, 5).year == 2024
