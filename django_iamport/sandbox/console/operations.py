"""Words for what can go wrong: any operation, webhooks, a group of operations, one of them."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..api import OPERATIONS, group_of
from ..delivery.faults import EVERY, WEBHOOK

GROUPS = {
    "payments": _("look up and cancel payments"),
    "prepare": _("register an amount in advance"),
    "vbanks": _("virtual accounts"),
    "billing_keys": _("billing keys"),
    "subscribe": _("payments without a window, and schedules"),
    "certifications": _("identity verification"),
    "receipts": _("cash receipts"),
    "escrow": _("escrow"),
    "cvs": _("convenience stores"),
    "codes": _("codes of banks and card companies"),
    "users": _("channels of the account"),
    "tiers": _("sub-merchants"),
    "partners": _("sales slips of partners"),
    "naver": "Naver Pay",
    "kcpquick": "KCP Quick Pay",
    "benepia": "Benepia",
    "payco": "PAYCO",
    "paymentwall": "Paymentwall",
}
UNGROUPED = {
    EVERY: _("every operation"),
    WEBHOOK: _("webhooks to the shop"),
    "get_token": _("access token"),
}


def label(target: str) -> Any:
    """One of `faults.TARGETS` in words; a single operation by its name alone."""
    if target in GROUPS:
        return f"{GROUPS[target]} ({target}.*)"
    return UNGROUPED.get(target, target)


def grouped() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Each group's words, and its operations with their labels after the group as a whole."""
    return [
        (words, [(name, label(name)) for name in (group, *_operations_of(group))])
        for group, words in GROUPS.items()
    ]


def _operations_of(group: str) -> list[str]:
    return [name for name in OPERATIONS if group_of(name) == group]
