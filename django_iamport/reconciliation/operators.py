"""What waits for a human: told again, and listed until it is settled."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from django_iamport import conf
from django_iamport.ledger import operator_calls
from django_iamport.models import OperatorCall, Refund
from django_iamport.models.registry import find_attempt, transaction_models
from django_iamport.records.refund import BY_TRANSFER
from django_iamport.records.rows import rows
from django_iamport.rules.status import CLOSED_REFUNDS, Status
from django_iamport.rules.verification import HOLDS_NOTHING

from .context import Run


def report_held(run: Run) -> None:
    """Money that no order wants, that nobody returned and nothing will: whatever settings and shops say of it."""
    of_all = Q(kind="refund") & (Q(checksum=None) | Q(amount=F("checksum")))
    pending = Refund.objects.filter(of_all, merchant_uid=OuterRef("merchant_uid"))
    pending = pending.filter(~Q(status__in=CLOSED_REFUNDS) | Q(code=BY_TRANSFER))
    for model in transaction_models():
        rejected = rows(model).filter(status=Status.REJECTED, paid_amount__gt=F("cancel_amount"))
        held = rejected.exclude(reject_reason__in=HOLDS_NOTHING).exclude(Exists(pending)).order_by("pk")
        for merchant_uid, number in held.values_list("merchant_uid", "gateway_merchant_uid").iterator():
            if conf.owns(number):
                run.found(merchant_uid, "rejected_money_held")


def call_again(run: Run) -> None:
    """Send the calls that nobody was told of lately; list those that no other finding for somebody stands for."""
    if not run.dry_run:
        for call in OperatorCall.objects.due(timezone.now()).iterator():
            row = find_attempt(call.merchant_uid)
            if row is not None and conf.owns(row.gateway_merchant_uid):
                operator_calls.send_all(type(row), [call], call._state.db or "default")
    calls = OperatorCall.objects.open().values_list("merchant_uid", "reason")
    for merchant_uid, reason in calls.iterator():
        if merchant_uid not in run.listed and conf.owns(merchant_uid):
            run.found(merchant_uid, reason)
