from __future__ import annotations

from typing import Any

from django_iamport.reconciliation import moving

from ._former_shop import FormerShopCommand


class Command(FormerShopCommand):
    help = (
        "Compares the payments of the shop's former code with the gateway, and lists what was paid less, "
        "otherwise, for a test, never, or refunded since. Reads only. "
        "Exit status: 0 (clean), 3 (could not be asked), 4 (findings) or 5 (stopped)."
    )
    # It is run before the shop has moved.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        tables = self.tables(options)
        with self.ending_cleanly():
            report = moving.audit(tables, options["database"], **self.watching(options))
        self.tell(report, options)
