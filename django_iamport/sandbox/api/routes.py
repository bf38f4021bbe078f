"""The one table of operations, in the order in which paths are tried."""

import re
from dataclasses import dataclass

from . import account, billing_keys, payments, prepare, subscribe, vbanks
from .calls import Operation


@dataclass(frozen=True)
class Route:
    """`name` is stable: faults and tests call the operation by it."""

    name: str
    method: str
    path: str
    operation: Operation
    pattern: re.Pattern[str]

    @property
    def needs_token(self) -> bool:
        return self.operation is not account.get_token


def _routes(*rows: tuple[str, str, str, Operation]) -> tuple[Route, ...]:
    return tuple(Route(*row, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", row[2]))) for row in rows)


SCHEDULE = "/subscribe/payments/schedule"

ROUTES = _routes(
    ("token", "POST", "/users/getToken", account.get_token),
    ("payments.several", "GET", "/payments", payments.several),
    ("payments.cancel", "POST", "/payments/cancel", payments.cancel),
    ("prepare.create", "POST", "/payments/prepare", prepare.create),
    ("prepare.change", "PUT", "/payments/prepare", prepare.change),
    ("prepare.read", "GET", "/payments/prepare/{merchant_uid}", prepare.read),
    ("payments.find", "GET", "/payments/find/{merchant_uid}", payments.find),
    ("payments.find", "GET", "/payments/find/{merchant_uid}/{payment_status}", payments.find),
    ("payments.find_all", "GET", "/payments/findAll/{merchant_uid}", payments.find_all),
    ("payments.find_all", "GET", "/payments/findAll/{merchant_uid}/{payment_status}", payments.find_all),
    ("payments.by_status", "GET", "/payments/status/{payment_status}", payments.by_status),
    ("payments.balance", "GET", "/payments/{imp_uid}/balance", payments.balance),
    ("payments.read", "GET", "/payments/{imp_uid}", payments.read),
    ("billing_keys.several", "GET", "/subscribe/customers", billing_keys.several),
    ("billing_keys.issue", "POST", "/subscribe/customers/{customer_uid}", billing_keys.issue),
    ("billing_keys.read", "GET", "/subscribe/customers/{customer_uid}", billing_keys.read),
    ("billing_keys.delete", "DELETE", "/subscribe/customers/{customer_uid}", billing_keys.delete),
    ("billing_keys.payments", "GET", "/subscribe/customers/{customer_uid}/payments", billing_keys.payments),
    ("schedules.of_customer", "GET", "/subscribe/customers/{customer_uid}/schedules", subscribe.of_customer),
    ("subscribe.onetime", "POST", "/subscribe/payments/onetime", subscribe.onetime),
    ("subscribe.again", "POST", "/subscribe/payments/again", subscribe.again),
    ("schedules.create", "POST", SCHEDULE, subscribe.schedule),
    ("schedules.within", "GET", SCHEDULE, subscribe.within),
    ("schedules.revoke", "POST", "/subscribe/payments/unschedule", subscribe.unschedule),
    ("schedules.of_customer", "GET", f"{SCHEDULE}/customers/{{customer_uid}}", subscribe.of_customer),
    ("schedules.read", "GET", f"{SCHEDULE}/{{merchant_uid}}", subscribe.read),
    ("schedules.move", "PUT", f"{SCHEDULE}/{{merchant_uid}}", subscribe.move),
    ("schedules.book_again", "POST", f"{SCHEDULE}/{{merchant_uid}}/reschedule", subscribe.book_again),
    ("schedules.retry", "POST", f"{SCHEDULE}/{{merchant_uid}}/retry", subscribe.retry),
    ("vbanks.void", "DELETE", "/vbanks/{imp_uid}", vbanks.void),
)
