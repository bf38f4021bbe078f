"""What the overview says of subscriptions: who is behind and why, and what the clock doesn't come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport import conf
from django_iamport.admin.filters import AttentionFilter
from django_iamport.admin.overview.waiting import Waiting
from django_iamport.formatting import amount_in_words
from django_iamport.records.sync_cursor import EXPECTED_WITHIN

from ..rules import RenewalStatus
from ..wording import reason_in_words

ATTENTION: Mapping[str, Promise] = {
    "overdue": _("subscriptions that iamport_renew did not process"),
    "unknown": _("renewals whose payment is not confirmed"),
    "behind": _("subscriptions behind with a payment"),
}
# Reasons that the overview names; the list has all.
MOST_REASONS = 5


def waits(name: str, now: datetime) -> Q:
    """The condition for subscriptions, by the word of ATTENTION."""
    late = now - EXPECTED_WITHIN
    conditions = {
        "overdue": Q(next_at__lt=late) & ~_is_copied(),
        "unknown": Q(renewals__is_trying=True, renewals__tried_at__lt=late),
        "behind": Q(renewals__status=RenewalStatus.OPEN.value, renewals__first_declined_at__isnull=False),
    }
    return conditions[name]


def _is_copied() -> Q:
    """Of the shop that this data was copied from: its own clock takes care."""
    found = Q(pk__in=())
    for prefix in conf.get("IAMPORT_COPIED_PREFIXES") or ():
        found |= Q(subscription_uid__startswith=prefix)
    return found


class SubscriptionAttentionFilter(AttentionFilter):
    words = ATTENTION

    def waiting(self, found: QuerySet[Any], word: str) -> QuerySet[Any]:
        return found.filter(waits(word, timezone.now()))


def what_waits(subscriptions: QuerySet[Any]) -> list[Waiting]:
    """What there is to look at; nothing of what there is none of. Four queries."""
    now, rows = timezone.now(), subscriptions.order_by()
    since = {"overdue": "next_at", "unknown": "renewals__tried_at", "behind": "renewals__first_declined_at"}
    found = []
    for name, moment in since.items():
        waiting = rows.filter(waits(name, now))
        if name == "overdue":
            sums = [waiting.aggregate(count=Count("pk"), since=Min(moment))]
        else:
            sums = _by_currency(waiting, moment)
        count = sum(row["count"] for row in sums)
        if not count:
            continue
        found.append(
            Waiting(
                name=name,
                text=ATTENTION[name],
                count=count,
                amounts=[amount_in_words(row["sum"], row["paid_in"]) for row in sums if "sum" in row],
                since=min(row["since"] for row in sums),
                # Whoever is behind is tried again, and given up in the end, without anybody.
                is_pressing=name != "behind",
                reasons=_reasons(waiting) if name == "behind" else (),
            )
        )
    return found


def _by_currency(found: QuerySet[Any], since: str) -> list[dict[str, Any]]:
    told: Iterable[Any] = (
        found.values(paid_in=F("renewals__currency"))
        .annotate(count=Count("pk", distinct=True), sum=Sum("renewals__amount"), since=Min(since))
        .order_by("paid_in")
    )
    return list(told)


def _reasons(behind: QuerySet[Any]) -> list[tuple[int, str]]:
    """How many for each reason, the most first."""
    counted = behind.values("reason").annotate(count=Count("pk", distinct=True)).order_by("-count", "reason")
    orders = behind.model._meta.get_field("renewals").related_model.order_model()
    return [(row["count"], reason_in_words(row["reason"], orders)) for row in counted[:MOST_REASONS]]
