"""The one table of operations, in the order in which paths are tried."""

import re
from dataclasses import dataclass

from .calls import Operation
from .operations import (
    account,
    billing_keys,
    certifications,
    escrows,
    payments,
    prepare,
    receipts,
    subscribe,
    vbanks,
)


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


def _not_contracted(prefix: str, method: str, *paths: str) -> tuple[tuple[str, str, str, Operation], ...]:
    """Operations of services that the sandbox's account has no contract for."""
    return tuple((prefix, method, path, account.not_contracted) for path in paths)


KEYS = "/subscribe/customers"
SCHEDULES = "/subscribe/payments/schedule"
NAVER = "/payments/{imp_uid}/naver"

ROUTES = _routes(
    ("token", "POST", "/users/getToken", account.get_token),
    ("account.pg_settings", "GET", "/users/pg", account.pg_settings),
    ("account.tier", "GET", "/tiers/{tier_code}", account.tier),
    ("codes.cards", "GET", "/cards", account.cards),
    ("codes.card", "GET", "/cards/{card_standard_code}", account.card),
    ("codes.banks", "GET", "/banks", account.banks),
    ("codes.bank", "GET", "/banks/{bank_standard_code}", account.bank),
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
    ("billing_keys.several", "GET", KEYS, billing_keys.several),
    ("billing_keys.issue", "POST", f"{KEYS}/{{customer_uid}}", billing_keys.issue),
    ("billing_keys.read", "GET", f"{KEYS}/{{customer_uid}}", billing_keys.read),
    ("billing_keys.delete", "DELETE", f"{KEYS}/{{customer_uid}}", billing_keys.delete),
    ("billing_keys.payments", "GET", f"{KEYS}/{{customer_uid}}/payments", billing_keys.payments),
    ("schedules.of_customer", "GET", f"{KEYS}/{{customer_uid}}/schedules", subscribe.of_customer),
    ("subscribe.onetime", "POST", "/subscribe/payments/onetime", subscribe.onetime),
    # listed no longer, but official clients still know it: foreign cards, otherwise the same
    ("subscribe.onetime", "POST", "/subscribe/payments/foreign", subscribe.onetime),
    ("subscribe.again", "POST", "/subscribe/payments/again", subscribe.again),
    ("schedules.create", "POST", SCHEDULES, subscribe.schedule),
    ("schedules.within", "GET", SCHEDULES, subscribe.within),
    ("schedules.revoke", "POST", "/subscribe/payments/unschedule", subscribe.unschedule),
    ("schedules.of_customer", "GET", f"{SCHEDULES}/customers/{{customer_uid}}", subscribe.of_customer),
    ("schedules.read", "GET", f"{SCHEDULES}/{{merchant_uid}}", subscribe.read),
    ("schedules.move", "PUT", f"{SCHEDULES}/{{merchant_uid}}", subscribe.move),
    ("schedules.book_again", "POST", f"{SCHEDULES}/{{merchant_uid}}/reschedule", subscribe.book_again),
    ("schedules.retry", "POST", f"{SCHEDULES}/{{merchant_uid}}/retry", subscribe.retry),
    ("certifications.request", "POST", "/certifications/otp/request", certifications.request),
    ("certifications.confirm", "POST", "/certifications/otp/confirm/{imp_uid}", certifications.confirm),
    ("certifications.read", "GET", "/certifications/{imp_uid}", certifications.read),
    ("certifications.delete", "DELETE", "/certifications/{imp_uid}", certifications.delete),
    ("vbanks.issue", "POST", "/vbanks", vbanks.issue),
    ("vbanks.holder", "GET", "/vbanks/holder", vbanks.holder),
    ("vbanks.change", "PUT", "/vbanks/{imp_uid}", vbanks.change),
    ("vbanks.void", "DELETE", "/vbanks/{imp_uid}", vbanks.void),
    ("cvs.issue", "POST", "/cvs", vbanks.issue_barcode),
    ("cvs.void", "DELETE", "/cvs/{imp_uid}", vbanks.void_barcode),
    ("receipts.read_external", "GET", "/receipts/external/{merchant_uid}", receipts.read_external),
    ("receipts.issue_external", "POST", "/receipts/external/{merchant_uid}", receipts.issue_external),
    ("receipts.revoke_external", "DELETE", "/receipts/external/{merchant_uid}", receipts.revoke_external),
    ("receipts.read", "GET", "/receipts/{imp_uid}", receipts.read),
    ("receipts.issue", "POST", "/receipts/{imp_uid}", receipts.issue),
    ("receipts.revoke", "DELETE", "/receipts/{imp_uid}", receipts.revoke),
    ("escrows.read", "GET", "/escrows/logis/{imp_uid}", escrows.read),
    ("escrows.register", "POST", "/escrows/logis/{imp_uid}", escrows.register),
    ("escrows.change", "PUT", "/escrows/logis/{imp_uid}", escrows.change),
    *_not_contracted(
        "naver",
        "POST",
        *(
            f"{NAVER}/{word}"
            for word in (
                "cancel",
                "approve-cancel",
                "ship",
                "ship-exchanged",
                "collect-exchanged",
                "place",
                "request-return",
                "approve-return",
                "reject-return",
                "withhold-return",
                "resolve-return",
                "point",
                "confirm",
            )
        ),
    ),
    *_not_contracted("naver", "GET", f"{NAVER}/product-orders", f"{NAVER}/cash-amount"),
    *_not_contracted("naver", "GET", "/naver/product-orders/{product_order_id}", "/naver/reviews"),
    *_not_contracted(
        "kcpquick", "DELETE", "/kcpquick/members/{member_id}", "/kcpquick/autopay/{customer_uid}"
    ),
    *_not_contracted("kcpquick", "PUT", "/kcpquick/prepare/{merchant_uid}"),
    *_not_contracted(
        "kcpquick",
        "POST",
        "/kcpquick/prepare/{merchant_uid}",
        "/kcpquick/payment/money",
        "/kcpquick/payment/autopay",
        "/kcpquick/members/{member_id}/fido/release",
    ),
    *_not_contracted("benepia", "POST", "/benepia/point", "/benepia/payment"),
    *_not_contracted("partners", "POST", "/partners/receipts/{imp_uid}"),
    *_not_contracted("payco", "POST", "/payco/orders/status/{imp_uid}"),
    *_not_contracted("paymentwall", "POST", "/paymentwall/delivery"),
)
