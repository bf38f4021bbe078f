"""The console: what the gateway knows, and what its operator or a bank can do."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from .amounts import shown
from .clock import kst
from .decorators import carrier, gateway_of, here
from .forms import PAY_METHODS
from .gateway import Gateway, Refusal
from .gateway.cancels import refundable
from .gateway.vbanks import is_waiting
from .languages import language_of
from .stores import Row
from .views import PAGE_POLICY

PAGE = 50
MINUTES = "%Y-%m-%d %H:%M"
STATUSES = {
    "ready": _("Ready"),
    "waiting": _("Waiting for deposit"),
    "paid": _("Paid"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "partly": _("Partly cancelled"),
    "voided": _("Voided"),
}
EVENTS = {"paid": _("paid"), "ready": _("account issued"), "cancelled": _("cancelled"), "failed": _("failed")}
ANSWERS = {"waiting": _("waiting"), "sending": _("being sent")}


@carrier(csrf=True)
@require_GET
def payments(request: HttpRequest) -> HttpResponse:
    """The account's payments, the newest first."""
    gateway = gateway_of(request)
    page = _page_number(request)
    rows = gateway.payments((page - 1) * PAGE, PAGE + 1)
    language = language_of(request, request.GET.get("language"))
    with translation.override(language):
        response = render(
            request,
            "iamport_sandbox/console.html",
            {
                "account": gateway.account,
                "payments": [_line(gateway, row) for row in rows[:PAGE]],
                "page": page,
                "older": page + 1 if len(rows) > PAGE else 0,
                "newer": page - 1,
                "refusal": request.GET.get("refusal", ""),
                "language": language,
            },
        )
    response["Content-Security-Policy"] = f"{PAGE_POLICY}; frame-ancestors 'none'"
    return response


@carrier(csrf=True)
@require_POST
def deposit(request: HttpRequest) -> HttpResponse:
    """The buyer's money arrives in a virtual account."""
    return _carry_out(request, Gateway.deposit)


@carrier(csrf=True)
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """The operator refunds all that is left."""
    return _carry_out(request, Gateway.cancel_in_console)


def _carry_out(request: HttpRequest, action: Callable[[Gateway, str], Any]) -> HttpResponse:
    back = {"language": language_of(request, request.POST.get("language"))}
    try:
        action(gateway_of(request), request.POST.get("imp_uid", ""))
    except Refusal as refusal:
        back["refusal"] = refusal.text
    return HttpResponseRedirect(f"{here(request, 'console')}?{urlencode(back)}")


def _line(gateway: Gateway, row: Row) -> dict[str, Any]:
    status = _status(row)
    return {
        "payment": row,
        "moment": kst(row["started_at"]),
        "amount": shown(row["amount"], row["currency"]),
        "cancelled": shown(row["cancel_amount"], row["currency"]) if row["cancel_amount"] else "",
        "method": PAY_METHODS.get(row["pay_method"], row["pay_method"]),
        "status": status,
        "status_text": STATUSES[status],
        "can_deposit": is_waiting(row),
        "can_cancel": bool(row["paid_at"]) and refundable(row) > 0 and not row["customer_uid"],
        "due": kst(row["vbank_date"], MINUTES),
        "webhooks": [_webhook(sent) for sent in gateway.webhooks(row["imp_uid"])],
    }


def _status(row: Row) -> str:
    if is_waiting(row):
        return "waiting"
    if row["status"] == "cancelled" and not row["paid_at"]:
        return "voided"
    if row["status"] == "cancelled" and refundable(row) > 0:
        return "partly"
    return str(row["status"])


def _webhook(row: Row) -> dict[str, Any]:
    answer = row["answer_status"] or row["error"] or ANSWERS.get(row["status"], row["status"])
    event = row["body"]["status"]
    return {"event": EVENTS.get(event, event), "answer": answer, "status": row["status"], "url": row["url"]}


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
