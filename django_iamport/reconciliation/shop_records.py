"""What the shop has: news that waits, attempts that no list covered, unfinished refunds, unpaid orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import router
from django.db.models import Model, QuerySet
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import GatewayError, Refused, UnexpectedAnswer
from django_iamport.gateway import lookups
from django_iamport.gateway.lookups import Unreadable
from django_iamport.ledger import backlog
from django_iamport.ledger.comparison import COLUMNS, is_news
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractTransaction, PayableMixin, Refund
from django_iamport.models.registry import find_attempt, transaction_models
from django_iamport.payments import keeping
from django_iamport.payments.open_attempts import YOUNG
from django_iamport.records.rows import rows
from django_iamport.records.sync_cursor import Batches
from django_iamport.records.write_database import named_database
from django_iamport.refunds import execution
from django_iamport.rules.payment import SeenPayment
from django_iamport.rules.standing import Standing, standing
from django_iamport.rules.status import RefundStatus

from .context import Run, Stopped, confirm_attempt, confirm_payment
from .prefixes import may_have_news, orphans

# As many as one look-up of many takes.
BATCH = 100

Row = TypeVar("Row", bound=Model)
Process = Callable[[list[Row], Callable[[Row], None]], None]


def process_backlog(run: Run) -> None:
    """News that could not be posted, however old its attempt."""
    for model in transaction_models():
        waiting = rows(model).filter(backlog_since__isnull=False).only(*COLUMNS)
        _in_batches(run, f"backlog {model._meta.label_lower}", waiting, partial(_process_backlog, run))


def look_up_open(run: Run, covered_from: datetime | None) -> None:
    """Attempts that may still be paid, and waiting accounts, but for those that the lists covered."""
    wanted = may_have_news(run.max_age)
    for model in transaction_models():
        unsettled = rows(model).filter(wanted, backlog_since__isnull=True).only(*COLUMNS)
        if covered_from is not None:
            unsettled = unsettled.filter(created__lt=covered_from)
        _in_batches(run, f"open {model._meta.label_lower}", unsettled, partial(_look_up, run))


def go_on_with_refunds(run: Run) -> None:
    """Requests and intents without an outcome, and requests that could not be met a while ago."""
    due = Refund.objects.due(timezone.now())
    _in_batches(run, "refunds", due, partial(_go_on_with, run))


def give_up_unpaid(run: Run) -> None:
    """Orders that are unpaid for longer than the shop waits, where it says so."""
    span = conf.get("IAMPORT_GIVE_UP_AFTER")
    if span is None:
        return
    moment = timezone.now() - span
    for model in transaction_models():
        run.attempt(f"unpaid {model._meta.label_lower}", partial(_give_up_of, run, model, moment))


def _give_up_of(run: Run, model: type[AbstractTransaction], moment: datetime) -> None:
    order_model = model.order_model()
    orders = order_model.unpaid_since(moment) if issubclass(order_model, PayableMixin) else None
    if orders is not None:
        # A shop's own answer may name no database, and a router send it to a replica.
        orders = orders.using(named_database(orders) or router.db_for_write(order_model))
        _in_batches(run, f"unpaid {model._meta.label_lower}", orders, partial(_give_up, run, model))


def report_pending(run: Run) -> None:
    """What waits for an operator."""
    pending = Refund.objects.filter(status=RefundStatus.NEEDS_OPERATOR).order_by("pk")
    for merchant_uid, kind in pending.values_list("merchant_uid", "kind").iterator():
        if conf.owns(merchant_uid):
            run.found(merchant_uid, f"{kind}_needs_operator")


def report_orphans(run: Run) -> None:
    """What is under way and nobody's: its prefix was changed, or came with a copy of the data."""
    for merchant_uid in orphans(run.max_age):
        run.report.foreign += 1
        run.found(merchant_uid, "foreign_prefix")


def _in_batches(run: Run, part: str, found: QuerySet[Row], process: Process[Row]) -> None:
    """Hand the rows over by the hundred; where the gateway is out of reach the part ends, for the next run."""
    batches = Batches(part, found, BATCH, alone=run.dry_run)

    def go_through() -> None:
        for batch in batches:
            try:
                run.go_on()
                process(batch, batches.done)
            except (Stopped, GatewayError):
                batches.leave_the_rest()
                raise

    if run.attempt(part, go_through) and batches.others_go_on:
        run.found(part, "another_run")


def _process_backlog(
    run: Run, rows: list[AbstractTransaction], done: Callable[[AbstractTransaction], None]
) -> None:
    asked_at = timezone.now()
    ours = [row for row in rows if conf.owns(row.gateway_merchant_uid)]
    known = _found(run, merchant_uids=[row.gateway_merchant_uid for row in ours])
    if known is not None and not run.dry_run:
        unknown = [row.pk for row in ours if row.gateway_merchant_uid not in known]
        backlog.forget_all(type(rows[0])._base_manager.filter(pk__in=unknown), asked_at)
    for row in ours:
        run.go_on()
        run.report.asked += 1
        if known is None or row.gateway_merchant_uid in known:
            _ask(run, row, known[row.gateway_merchant_uid] if known else None, partial(confirm_attempt, row))
        elif row.backlog_code in backlog.REPORTED:
            run.found(row.merchant_uid, row.backlog_code)
        done(row)


def _look_up(run: Run, rows: list[AbstractTransaction], done: Callable[[AbstractTransaction], None]) -> None:
    ours = [row for row in rows if conf.owns(row.gateway_merchant_uid)]
    known = _found(
        run,
        imp_uids=[row.imp_uid for row in ours if row.imp_uid],
        merchant_uids=[row.gateway_merchant_uid for row in ours if not row.imp_uid],
    )
    for row in ours:
        run.go_on()
        run.report.asked += 1
        key = row.imp_uid or row.gateway_merchant_uid
        if known is None or key in known:
            run.attempt(row.merchant_uid, partial(_take_in, run, row, known[key] if known else None), row)
        done(row)


def _take_in(run: Run, row: AbstractTransaction, seen: SeenPayment | Unreadable | None) -> None:
    if seen is None or isinstance(seen, Unreadable) or is_news(row, seen, now=timezone.now()):
        payment = None if isinstance(seen, Unreadable) else seen
        _ask(run, row, seen, _question(row, payment))


def _ask(
    run: Run, row: AbstractTransaction, seen: SeenPayment | Unreadable | None, question: Callable[[], object]
) -> None:
    """Have the row confirmed; what can't be read waits for the next run."""
    if isinstance(seen, Unreadable):
        run.unreadable(seen)
    else:
        run.apply(row, question, seen.status if seen else "unknown")


def _question(row: AbstractTransaction, payment: SeenPayment | None) -> Callable[[], None]:
    """Money is looked up by itself; before anything else is believed, all payments under the number are read."""
    if payment is not None and standing(payment) is Standing.HELD:
        return partial(confirm_payment, row, payment.imp_uid)
    return partial(confirm_attempt, row)


def _found(
    run: Run, *, imp_uids: Iterable[str] = (), merchant_uids: Iterable[str] = ()
) -> dict[str, SeenPayment | Unreadable] | None:
    """What one call finds, by both ids; None where its answer can't be used, and each has to be asked about."""
    try:
        return lookups.find_many(imp_uids, merchant_uids)
    except (Refused, UnexpectedAnswer):
        return None


def _go_on_with(run: Run, refunds: list[Refund], done: Callable[[Refund], None]) -> None:
    for refund in refunds:
        run.go_on()
        if conf.owns(refund.merchant_uid):
            run.attempt(refund.merchant_uid, partial(_execute, run, refund))
        done(refund)


def _execute(run: Run, refund: Refund) -> None:
    row = find_attempt(refund.merchant_uid)
    if row is None:
        run.found(refund.merchant_uid, "refund_without_transaction")
        return
    run.report.asked += 1
    if not run.dry_run:
        run.attempt(refund.merchant_uid, lambda: execution.execute(type(row), refund))
        refund.refresh_from_db()
    run.report.refunds[refund.status] += 1
    if refund.is_open:
        run.found(refund.merchant_uid, f"{refund.kind}_{refund.status}")
    run.say(f"{refund.merchant_uid}: {refund.kind} {refund.status}")


def _give_up(
    run: Run,
    model: type[AbstractTransaction],
    orders: list[PayableMixin],
    done: Callable[[PayableMixin], None],
) -> None:
    for order in orders:
        run.go_on()
        run.attempt(f"{order._meta.model_name} {order.pk}", partial(_give_one_up, run, model, order))
        done(order)


def _give_one_up(run: Run, model: type[AbstractTransaction], order: PayableMixin) -> None:
    attempts: QuerySet[Any] = rows(model)
    begun = attempts.filter(order=order.pk).values_list("gateway_merchant_uid", "created")
    if not all(conf.owns(number) for number, _moment in begun):
        return
    if any(moment > timezone.now() - YOUNG for _number, moment in begun):
        # The customer may be paying it at this moment.
        return
    if keeping.is_kept(order):
        return
    if run.dry_run or TransactionManager.for_model(model).give_up(order):
        run.report.given_up += 1
