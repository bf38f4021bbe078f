"""What all pages of the console share: language, policy, the gateway's time, and words for states."""

from collections.abc import Callable, Sequence
from functools import wraps
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from ..decorators import sandbox_url, sandbox_view
from ..delivery import faults
from ..pages.amounts import display
from ..pages.framing import PAGE_POLICY
from ..pages.languages import language_of
from ..pages.window_form import PAY_METHODS
from ..rules import Account, money, outbox
from ..rules.payments import records
from ..rules.payments.cancels import refundable
from ..rules.payments.vbanks import is_waiting
from ..state.clock import kst
from ..state.stores import Row

POLICY = f"{PAGE_POLICY}; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
MINUTES = "%Y-%m-%d %H:%M"
STATUSES = {
    "ready": _("Ready"),
    "waiting": _("Waiting for deposit"),
    "overdue": _("Due date passed"),
    "paid": _("Paid"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
    "partly": _("Partially cancelled"),
    "voided": _("Voided"),
}
EVENTS = {"paid": _("paid"), "ready": _("account issued"), "cancelled": _("cancelled"), "failed": _("failed")}
ANSWERS = {"waiting": _("waiting"), "sending": _("being sent"), "lost": _("lost intentionally")}
BUYER = {
    "deliver": _("Deliver"),
    "decide": _("The buyer confirms"),
    "ask_cancel": _("The buyer cancels"),
    "ask_return": _("The buyer returns it"),
}
DONE = {
    "deposit": _("The deposit arrived."),
    "cancel": _("The amount was refunded."),
    "approve": _("The payment was approved."),
    "decline": _("The payment was declined."),
    "close": _("The buyer abandoned the payment."),
    "expire": _("The due date has passed."),
    "void": _("The account was closed."),
    "confirm_escrow": _("The buyer confirmed the delivery."),
    "refuse_escrow": _("The buyer refused the delivery."),
    "ask_cancel": _("The buyer asked to cancel."),
    "ask_return": _("The buyer asked to return it."),
    "deliver": _("The parcel was delivered."),
    "decide": _("The buyer confirmed the purchase."),
    "resend": _("The webhook is being sent again."),
    "settings": _("The settings were saved."),
    "channel": _("The channel was saved."),
    "channel_removed": _("The channel was removed."),
    "channels_usual": _("The configured channels are back."),
    "fault": _("The fault is switched on."),
    "mended": _("The fault is switched off."),
    "clock": _("The gateway's clock was moved."),
    "seeds": _("The payments were created."),
    "fixtures": _("The payments were imported."),
    "reset": _("Everything was reset."),
}


View = Callable[..., HttpResponseBase]


def console_view(*methods: str) -> Callable[[View], View]:
    """A view of the console, in the language that was chosen; Django's CSRF protection stays on."""

    def decorate(view: View) -> View:
        @sandbox_view(csrf=True)
        @require_http_methods(methods)
        @wraps(view)
        def spoken(request: HttpRequest, **path: str) -> HttpResponseBase:
            with translation.override(_language(request)):
                response = view(request, **path)
            response["Content-Security-Policy"] = POLICY
            response["Cache-Control"] = "no-store"
            return response

        return spoken

    return decorate


def page(
    request: HttpRequest, account: Account, template: str, context: dict[str, Any], *, problem: str = ""
) -> HttpResponse:
    """A page; with `problem` it says what was refused (409)."""
    shared = {
        "merchant": account.merchant,
        "language": _language(request),
        "now": kst(account.clock.unix()),
        "is_ahead": account.clock.ahead >= 1,
        "faults_armed": len(faults.armed(account.store)),
        "problem": problem,
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    status = 409 if problem else 200
    return render(request, f"iamport_sandbox/{template}", {**context, **shared}, status=status)


def back_to(request: HttpRequest, done: str, name: str = "console", *args: str) -> HttpResponse:
    """After something was done: the page, in the same language, which says so."""
    query = urlencode({"done": done, "language": _language(request)})
    return HttpResponseRedirect(f"{sandbox_url(request, name, *args)}?{query}")


def payment_lines(account: Account, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Payments as the pages show them. A `version` changes whenever what is shown does."""
    sent: dict[str, list[dict[str, Any]]] = {row["imp_uid"]: [] for row in rows}
    for each in account.store.find(outbox.KIND, "started_at", imp_uid=list(sent)):
        sent[each["imp_uid"]].append(webhook(each))
    now = account.clock.unix()
    return [_line(row, sent[row["imp_uid"]], now) for row in rows]


def _line(row: Row, webhooks: list[dict[str, Any]], now: int) -> dict[str, Any]:
    status = status_of(row, now)
    seen = [row, status, [(each["key"], str(each["answer"]), each["due"]) for each in webhooks]]
    return {
        "payment": row,
        "version": sha256(repr(seen).encode()).hexdigest()[:16],
        "moment": kst(row["started_at"]),
        "amount": display(row["amount"], row["currency"]),
        "cancelled": display(row["cancel_amount"], row["currency"]) if row["cancel_amount"] else "",
        "method": PAY_METHODS.get(row["pay_method"], row["pay_method"]),
        "pg": row["emb_pg_provider"] or row["pg_provider"],
        "status": status,
        "status_text": STATUSES[status],
        "due": kst(row["vbank_date"], MINUTES),
        "webhooks": webhooks,
        **abilities(row),
    }


def abilities(row: Row) -> dict[str, bool]:
    """What can be made to happen to a payment as it stands."""
    waiting, held = is_waiting(row), records.holds_money(row)
    is_open = row["status"] == "ready" and not waiting
    return {
        "can_deposit": waiting,
        "can_cancel": held and refundable(row) > 0,
        "can_approve": is_open or row["status"] == "failed",
        "can_fail": is_open,
    }


def status_of(row: Row, now: int) -> str:
    if is_waiting(row):
        return "overdue" if row["vbank_date"] < now else "waiting"
    if row["status"] == "cancelled" and not row["paid_at"]:
        return "voided"
    if row["paid_at"] and 0 < refundable(row) < money.of(row["amount"]):
        return "partly"
    return str(row["status"])


def webhook(row: Row) -> dict[str, Any]:
    event = row["body"].get("status", "")
    answer = row["answer_status"] or row["error"] or ANSWERS.get(row["status"], row["status"])
    return {
        **row,
        "event": EVENTS.get(event, event),
        "answer": answer,
        "moment": kst(row["started_at"]),
        "due": kst(row["due_at"]) if row["status"] == "waiting" else "",
        "attempts": [{**each, "moment": kst(each["at"])} for each in row["attempts"]],
    }


def _language(request: HttpRequest) -> str:
    return language_of(request, request.GET.get("language") or request.POST.get("language"))
