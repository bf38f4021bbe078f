"""What `iamport_audit` does: the former code's rows beside what the gateway says; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django_iamport import conf
from django_iamport.exceptions import GatewayError
from django_iamport.gateway import lookups
from django_iamport.gateway.lookups import Unreadable
from django_iamport.rules.payment import SeenPayment

from .comparison import findings
from .report import Found, MovingReport
from .tables import OldRow, OldRows, Tables

LONGEST_ID = 50
# So many hundreds in a row that could not be asked about: the gateway can't be reached.
FAILURES = 3

Known = Mapping[str, SeenPayment | Unreadable]


def audit(
    tables: Tables,
    using: str,
    *,
    find: Callable[[Found], None] = lambda found: None,
    progress: Callable[[MovingReport], None] = lambda report: None,
    must_stop: Callable[[], bool] = lambda: False,
) -> MovingReport:
    """Compare every row with the gateway. `find` is called with each finding, `must_stop` between two hundreds.

    What the gateway can't be asked about is in the report. Raises `DatabaseError` where a table can't be read.
    """
    return _Audit(tables, using, find, progress, must_stop).run()


class _Audit:
    def __init__(
        self,
        tables: Tables,
        using: str,
        find: Callable[[Found], None],
        progress: Callable[[MovingReport], None],
        must_stop: Callable[[], bool],
    ) -> None:
        self.rows, self.report = OldRows(tables, using), MovingReport()
        self.find, self.progress, self.must_stop = find, progress, must_stop
        self.used: set[str] = set()
        self.failures = 0

    def run(self) -> MovingReport:
        for batch in self.rows.batches():
            if self.must_stop() or self.failures >= FAILURES:
                self.report.stopped = True
                return self.report
            self._compare_batch(batch)
            self.progress(self.report)
        for order in self.rows.paid_orders_without_row():
            self.find(self.report.find_order("unknown", order))
        return self.report

    def _compare_batch(self, batch: list[OldRow]) -> None:
        self.report.rows += len(batch)
        asked = [old for old in batch if is_askable(old)]
        try:
            known = lookups.find_many(
                [old.imp_uid for old in asked if old.imp_uid],
                [old.merchant_uid for old in asked if not old.imp_uid],
            )
            self.failures = 0
        except GatewayError as error:
            self.failures += 1
            for old in batch:
                self.find(self.report.find(error.code, old))
            return
        self.report.asked += len(asked)
        for old in batch:
            self._compare(old, known)

    def _compare(self, old: OldRow, known: Known) -> None:
        try:
            payment = known.get(old.imp_uid or old.merchant_uid) or self._hidden(old)
        except GatewayError as error:
            self.find(self.report.find(error.code, old))
            return
        if isinstance(payment, Unreadable):
            self.find(self.report.find("unclear", old))
            return
        code = self._code(old, payment)
        if code:
            self.find(self.report.find(code, old, payment))

    def _code(self, old: OldRow, payment: SeenPayment | None) -> str:
        if payment is None:
            return "unknown" if old.is_paid else ""
        is_used = old.is_paid and payment.imp_uid in self.used
        self.used.add(payment.imp_uid)
        found = findings(
            old, payment, expected=old.expected, currency=old.currency, test_mode=conf.test_mode()
        )
        return "other" if is_used else next(iter(found), "")

    def _hidden(self, old: OldRow) -> SeenPayment | None:
        """A payment of a test channel is not found by its own number, but among those of its order's."""
        if not (old.is_paid and old.merchant_uid and is_askable(old)):
            return None
        found = (evidence.payment for evidence in lookups.find_all(old.merchant_uid))
        return next((payment for payment in found if old.imp_uid in ("", payment.imp_uid)), None)


def is_askable(old: OldRow) -> bool:
    """Whether its number is one that the gateway could know."""
    asked = old.imp_uid or old.merchant_uid
    return 0 < len(asked) <= LONGEST_ID and asked.isascii() and asked.isprintable() and "/" not in asked
