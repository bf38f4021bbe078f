"""The one table of operations, in the order in which paths are tried."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from .calls import Operation
from .operations import (
    billing_keys,
    certifications,
    codes,
    cvs,
    escrow,
    naver,
    not_contracted,
    payco,
    payments,
    prepare,
    receipts,
    subscribe,
    tiers,
    token,
    users,
    vbanks,
)


@dataclass(frozen=True)
class Route:
    """`name` is that of the shop's client, `group.operation`: faults and tests call the operation by it."""

    name: str
    method: str
    path: str
    operation: Operation
    pattern: re.Pattern[str]
    decoded: re.Pattern[str]
    """For paths of which a server told only the decoded form: there an id of the shop's may hold a `/`."""

    @property
    def needs_token(self) -> bool:
        return self.operation is not token.get_token


def group_of(name: str) -> str:
    """`payments` of `payments.find`; a name without a dot is its own."""
    return name.partition(".")[0]


def _routes(*rows: tuple[str, str, str, Operation]) -> tuple[Route, ...]:
    return tuple(Route(*row, _pattern(row[2]), _pattern(row[2], CHOSEN_BY_SHOPS, "(?s:.+)")) for row in rows)


def _pattern(path: str, names: Collection[str] = (), part: str = "") -> re.Pattern[str]:
    """Each `{name}` is one part of the path, or `part` where the name is among `names`."""

    def named(place: re.Match[str]) -> str:
        return f"(?P<{place[1]}>{part if place[1] in names else '[^/]+'})"

    return re.compile(re.sub(r"{(\w+)}", named, path))


def _subject_of(path: str) -> str:
    return path.split("/", 2)[1]


def _not_contracted(*rows: tuple[str, str, str]) -> tuple[tuple[str, str, str, Operation], ...]:
    """Operations of services that the sandbox's account has no contract for."""
    return tuple((*row, not_contracted.refuse) for row in rows)


CHOSEN_BY_SHOPS = ("merchant_uid", "customer_uid")
KEYS = "/subscribe/customers"
KEY = f"{KEYS}/{{customer_uid}}"
SCHEDULES = "/subscribe/payments/schedule"
SCHEDULE = f"{SCHEDULES}/{{merchant_uid}}"
NAVER = "/payments/{imp_uid}/naver"
EXTERNAL = "/receipts/external/{merchant_uid}"

ROUTES = _routes(
    ("get_token", "POST", "/users/getToken", token.get_token),
    ("users.channels", "GET", "/users/pg", users.channels),
    ("tiers.find", "GET", "/tiers/{tier_code}", tiers.find),
    ("codes.cards", "GET", "/cards", codes.cards),
    ("codes.card", "GET", "/cards/{card_standard_code}", codes.card),
    ("codes.banks", "GET", "/banks", codes.banks),
    ("codes.bank", "GET", "/banks/{bank_standard_code}", codes.bank),
    ("payments.find_many", "GET", "/payments", payments.find_many),
    ("payments.cancel", "POST", "/payments/cancel", payments.cancel),
    ("prepare.create", "POST", "/payments/prepare", prepare.create),
    ("prepare.change", "PUT", "/payments/prepare", prepare.change),
    ("prepare.read", "GET", "/payments/prepare/{merchant_uid}", prepare.read),
    ("payments.find_first", "GET", "/payments/find/{merchant_uid}", payments.find_first),
    ("payments.find_first", "GET", "/payments/find/{merchant_uid}/{status}", payments.find_first),
    ("payments.find_all_page", "GET", "/payments/findAll/{merchant_uid}", payments.find_all_page),
    ("payments.find_all_page", "GET", "/payments/findAll/{merchant_uid}/{status}", payments.find_all_page),
    ("payments.by_status_page", "GET", "/payments/status/{status}", payments.by_status_page),
    ("payments.balance", "GET", "/payments/{imp_uid}/balance", payments.balance),
    ("payments.find", "GET", "/payments/{imp_uid}", payments.find),
    ("billing_keys.find_many", "GET", KEYS, billing_keys.find_many),
    ("billing_keys.issue", "POST", KEY, billing_keys.issue),
    ("billing_keys.find", "GET", KEY, billing_keys.find),
    ("billing_keys.delete", "DELETE", KEY, billing_keys.delete),
    ("billing_keys.payments_page", "GET", f"{KEY}/payments", billing_keys.payments_page),
    ("billing_keys.schedules_of_page", "GET", f"{KEY}/schedules", billing_keys.schedules_of_page),
    ("subscribe.onetime", "POST", "/subscribe/payments/onetime", subscribe.onetime),
    # listed no longer, but official clients still know it: foreign cards, otherwise the same
    ("subscribe.onetime", "POST", "/subscribe/payments/foreign", subscribe.onetime),
    ("subscribe.again", "POST", "/subscribe/payments/again", subscribe.again),
    ("subscribe.schedule", "POST", SCHEDULES, subscribe.schedule),
    ("subscribe.schedules_page", "GET", SCHEDULES, subscribe.schedules_page),
    ("subscribe.unschedule", "POST", "/subscribe/payments/unschedule", subscribe.unschedule),
    (
        "subscribe.schedules_of_page",
        "GET",
        f"{SCHEDULES}/customers/{{customer_uid}}",
        subscribe.schedules_of_page,
    ),
    ("subscribe.find_schedule", "GET", SCHEDULE, subscribe.find_schedule),
    ("subscribe.move_schedule", "PUT", SCHEDULE, subscribe.move_schedule),
    ("subscribe.reschedule", "POST", f"{SCHEDULE}/reschedule", subscribe.reschedule),
    ("subscribe.retry", "POST", f"{SCHEDULE}/retry", subscribe.retry),
    ("certifications.request_otp", "POST", "/certifications/otp/request", certifications.request_otp),
    (
        "certifications.confirm_otp",
        "POST",
        "/certifications/otp/confirm/{imp_uid}",
        certifications.confirm_otp,
    ),
    ("certifications.find", "GET", "/certifications/{imp_uid}", certifications.find),
    ("certifications.delete", "DELETE", "/certifications/{imp_uid}", certifications.delete),
    ("vbanks.issue", "POST", "/vbanks", vbanks.issue),
    # listed no longer, but official clients still know it
    ("vbanks.holder", "GET", "/vbanks/holder", vbanks.holder),
    ("vbanks.change", "PUT", "/vbanks/{imp_uid}", vbanks.change),
    ("vbanks.void", "DELETE", "/vbanks/{imp_uid}", vbanks.void),
    ("cvs.issue", "POST", "/cvs", cvs.issue),
    ("cvs.void", "DELETE", "/cvs/{imp_uid}", cvs.void),
    ("receipts.find_external", "GET", EXTERNAL, receipts.find_external),
    ("receipts.issue_external", "POST", EXTERNAL, receipts.issue_external),
    ("receipts.cancel_external", "DELETE", EXTERNAL, receipts.cancel_external),
    ("receipts.find", "GET", "/receipts/{imp_uid}", receipts.find),
    ("receipts.issue", "POST", "/receipts/{imp_uid}", receipts.issue),
    ("receipts.cancel", "DELETE", "/receipts/{imp_uid}", receipts.cancel),
    ("escrow.find", "GET", "/escrows/logis/{imp_uid}", escrow.find),
    ("escrow.register", "POST", "/escrows/logis/{imp_uid}", escrow.register),
    ("escrow.change", "PUT", "/escrows/logis/{imp_uid}", escrow.change),
    ("naver.product_orders", "GET", f"{NAVER}/product-orders", naver.product_orders),
    ("naver.product_order", "GET", "/naver/product-orders/{product_order_id}", naver.product_order),
    ("naver.place", "POST", f"{NAVER}/place", naver.place),
    ("naver.ship", "POST", f"{NAVER}/ship", naver.ship),
    ("naver.cancel", "POST", f"{NAVER}/cancel", naver.cancel),
    ("naver.approve_cancel", "POST", f"{NAVER}/approve-cancel", naver.approve_cancel),
    ("naver.request_return", "POST", f"{NAVER}/request-return", naver.request_return),
    ("naver.approve_return", "POST", f"{NAVER}/approve-return", naver.approve_return),
    ("naver.reject_return", "POST", f"{NAVER}/reject-return", naver.reject_return),
    ("naver.withhold_return", "POST", f"{NAVER}/withhold-return", naver.withhold_return),
    ("naver.resolve_return", "POST", f"{NAVER}/resolve-return", naver.resolve_return),
    ("naver.cash_amount", "GET", f"{NAVER}/cash-amount", naver.cash_amount),
    ("naver.deposit_point", "POST", f"{NAVER}/point", naver.deposit_point),
    ("naver.confirm", "POST", f"{NAVER}/confirm", naver.confirm),
    ("payco.change_status", "POST", "/payco/orders/status/{imp_uid}", payco.change_status),
    *_not_contracted(
        ("naver.ship_exchanged", "POST", f"{NAVER}/ship-exchanged"),
        ("naver.collect_exchanged", "POST", f"{NAVER}/collect-exchanged"),
        ("naver.reviews", "GET", "/naver/reviews"),
        ("kcpquick.delete_member", "DELETE", "/kcpquick/members/{member_id}"),
        ("kcpquick.delete_autopay_key", "DELETE", "/kcpquick/autopay/{customer_uid}"),
        ("kcpquick.change_prepared", "PUT", "/kcpquick/prepare/{merchant_uid}"),
        ("kcpquick.prepare", "POST", "/kcpquick/prepare/{merchant_uid}"),
        ("kcpquick.pay_with_money", "POST", "/kcpquick/payment/money"),
        ("kcpquick.autopay", "POST", "/kcpquick/payment/autopay"),
        ("kcpquick.release_fido", "POST", "/kcpquick/members/{member_id}/fido/release"),
        ("benepia.point", "POST", "/benepia/point"),
        ("benepia.pay", "POST", "/benepia/payment"),
        ("partners.issue", "POST", "/partners/receipts/{imp_uid}"),
        ("paymentwall.register_delivery", "POST", "/paymentwall/delivery"),
    ),
)

_BY_SUBJECT = {
    subject: tuple(route for route in ROUTES if _subject_of(route.path) == subject)
    for subject in map(_subject_of, (route.path for route in ROUTES))
}
SUBJECTS = frozenset(_BY_SUBJECT)
"""The first parts of all paths: `payments`, `users`, …"""


def routes_beside(path: str) -> tuple[Route, ...]:
    """Those whose path begins with the same part."""
    return _BY_SUBJECT.get(_subject_of(path), ())


REFUSE_WITH_400 = frozenset(
    {
        *("payments.find_all_page", "payments.by_status_page"),
        *("vbanks.holder", "vbanks.change", "vbanks.void"),
        *("subscribe.schedules_page", "subscribe.schedules_of_page", "billing_keys.schedules_of_page"),
        *("subscribe.move_schedule", "subscribe.reschedule", "subscribe.retry"),
        *("certifications.request_otp", "certifications.confirm_otp"),
        *("receipts.issue", "receipts.cancel", "receipts.issue_external", "receipts.cancel_external"),
        *("escrow.find", "escrow.register", "escrow.change", "partners.issue"),
        *("naver.ship", "naver.ship_exchanged", "naver.request_return", "naver.reject_return"),
        *("naver.withhold_return", "naver.product_order", "naver.reviews", "naver.cash_amount"),
        *("kcpquick.prepare", "kcpquick.change_prepared", "kcpquick.release_fido"),
    }
)
"""Operations for which the description knows a 400, and one that it lists no longer.

Clients have seen others refuse bad parameters with HTTP 200.
"""

OPERATIONS = tuple(dict.fromkeys(route.name for route in ROUTES))
GROUPS = tuple(dict.fromkeys(group_of(name) for name in OPERATIONS if "." in name))
