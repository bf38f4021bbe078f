"""What becomes of keys without anybody looking: registrations that a notice tells of or that were left, deletions
that did not get through, keys without an owner, and keys that the gateway no longer knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice

from django.db import router
from django.utils import timezone

from django_iamport import conf
from django_iamport.exceptions import IamportError, NotFound
from django_iamport.gateway import billing_keys, budgets
from django_iamport.records.history import Origin
from django_iamport.records.rows import find_exactly, rows

from . import keys
from .models import billing_key_models
from .records import BillingKeyRecord
from .rules import ABANDONED, WITHOUT_OWNER, KeyStatus

ORIGIN = Origin("sweep")
# By then a window is closed; before, the customer's own browser asks.
WINDOW_ENDS = timedelta(hours=1)
ABANDONED_AFTER = timedelta(days=1)
# So long it is asked whether a key is there again: a no may have been to a refused question, or to wrong settings.
ASKED_AGAIN_FOR = timedelta(days=30)
AT_ONCE = 100


class Sweep:
    """One run over a model; `counted` says how many keys each word is true of, `failed` what is left, by error."""

    def __init__(
        self,
        model: type[BillingKeyRecord],
        *,
        dry_run: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self.model, self.dry_run, self.stopped = model, dry_run, stopped
        self.using = router.db_for_write(model)
        self.counted: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()

    def run(self) -> None:
        now = timezone.now()
        for key in self._each(status=KeyStatus.READY, created__lte=now - WINDOW_ENDS):
            self._try(key, "registrations", self._settle)
        for key in self._each(status=KeyStatus.DELETING):
            self._try(key, "deletions", self._finish_deletion)
        for key in self._each(status=KeyStatus.ACTIVE, user=None):
            self._try(key, WITHOUT_OWNER, self._withdraw_ownerless)
        gone = {"modified__gt": now - ASKED_AGAIN_FOR, "modified__lt": now}
        for conditions in ({"status": KeyStatus.ACTIVE}, {"status": KeyStatus.GONE, **gone}):
            waiting = self._each(**conditions)
            while batch := list(islice(waiting, AT_ONCE)):
                self._look_up(batch)

    def _each(self, **conditions: object) -> Iterator[BillingKeyRecord]:
        """In the order of their keys; those of a copied or foreign prefix are somebody else's."""
        last = None
        found = rows(self.model, self.using).filter(**conditions).order_by("pk")
        while batch := list((found if last is None else found.filter(pk__gt=last))[:AT_ONCE]):
            for key in batch:
                if self.stopped():
                    return
                if conf.owns(key.customer_uid):
                    yield key
            last = batch[-1].pk

    def _try(self, key: BillingKeyRecord, word: str, deed: Callable[[BillingKeyRecord], object]) -> None:
        """One key's trouble is one key's."""
        if self.dry_run:
            self.counted[word] += 1
            return
        try:
            deed(key)
        except IamportError as error:
            self.failed[error.code] += 1
        else:
            self.counted[word] += 1

    def _settle(self, key: BillingKeyRecord) -> None:
        keys.confirm(key, self.using, ORIGIN)
        if key.status != KeyStatus.READY or key.created > timezone.now() - ABANDONED_AFTER:
            return
        try:
            billing_keys.find(key.customer_uid)
        except NotFound:
            keys.give_up(key, self.using, ORIGIN, ABANDONED)
        else:
            # Somebody registered a card under it, and not as it was asked for.
            self._withdraw(key, ABANDONED)

    def _finish_deletion(self, key: BillingKeyRecord) -> None:
        keys.finish_deletion(key, self.using, ORIGIN)

    def _withdraw_ownerless(self, key: BillingKeyRecord) -> None:
        self._withdraw(key, WITHOUT_OWNER)

    def _withdraw(self, key: BillingKeyRecord, reason: str) -> None:
        keys.withdraw(key, self.using, ORIGIN, reason=reason, requester="admin")

    def _look_up(self, batch: list[BillingKeyRecord]) -> None:
        try:
            found = billing_keys.find_many(key.customer_uid for key in batch)
        except IamportError as error:
            self.failed[error.code] += len(batch)
            return
        for key in batch:
            try:
                may_be_refused = not found and key.status == KeyStatus.ACTIVE
                seen = found.get(key.customer_uid) or (self._ask_alone(key) if may_be_refused else None)
            except IamportError as error:
                self.failed[error.code] += 1
                continue
            self.counted["looked_up"] += 1
            before = key.status
            if self.dry_run:
                self.counted["gone"] += before == KeyStatus.ACTIVE and seen is None
                continue
            self._take_in(key, seen)
            self.counted["gone"] += before == KeyStatus.ACTIVE and key.status == KeyStatus.GONE
            self.counted["found_again"] += before == KeyStatus.GONE and key.status == KeyStatus.ACTIVE
            self.counted["replaced"] += key.status in (KeyStatus.DELETING, KeyStatus.DELETED)

    def _ask_alone(self, key: BillingKeyRecord) -> billing_keys.SeenKey | None:
        """Of those of which none was found: the question may have been refused, with 200 and a code, and what was
        called gone once is not saved again.
        """
        try:
            return billing_keys.find(key.customer_uid)
        except NotFound:
            return None

    def _take_in(self, key: BillingKeyRecord, seen: billing_keys.SeenKey | None) -> None:
        try:
            keys.take_in(key, seen, self.using, ORIGIN)
        except IamportError as error:
            self.failed[error.code] += 1


def hear(merchant_uid: str) -> bool:
    """Whether a number that the gateway's notice names is a registration's; one that is open is asked about.

    Raises `TooManyRequests`, `GatewayError`: another delivery helps, or the next run.
    """
    for model in billing_key_models():
        key = find_exactly(rows(model), merchant_uid=merchant_uid)
        if key is not None:
            if key.status == KeyStatus.READY:
                budgets.take(budgets.ATTEMPT, merchant_uid)
                key.confirm(source="webhook")
            return True
    return False
