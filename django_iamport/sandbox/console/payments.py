"""The payments, one by one and together, and what can be made to happen to them."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ..decorators import account_of
from ..delivery import queue
from ..pages.amounts import display
from ..rules import Account, Refusal
from ..rules.actions import ACTIONS, act
from ..rules.naver import product_orders
from ..rules.payments import callbacks, records
from ..rules.search import STATUSES as RAW_STATUSES
from ..rules.search import search
from ..rules.services import escrows
from ..state.stores import Row
from .forms import ActionForm
from .pages import BUYER, STATUSES, back_to, console_view, page, payment_lines

PAGE = 50


@console_view("GET")
def payments(request: HttpRequest) -> HttpResponse:
    """The account's payments, the newest first, filtered by status and number."""
    return _list(request, account_of(request))


@console_view("GET")
def payment(request: HttpRequest, imp_uid: str) -> HttpResponse:
    """One payment: what the API answers, its webhooks, and what can happen to it."""
    return _one(request, account_of(request), imp_uid)


@console_view("POST")
def action(request: HttpRequest, imp_uid: str, name: str) -> HttpResponse:
    """Something happens to a payment: a deposit arrives, money goes back, a due date passes."""
    if name not in ACTIONS:
        raise Http404
    account = account_of(request)
    form = ActionForm(request.POST)
    try:
        if not form.is_valid():
            raise ValueError(_("Enter the amount as a number."))
        act(account, imp_uid, name, form.values(ACTIONS[name][0]))
    except (Refusal, ValueError) as problem:
        shows_list = request.POST.get("from") == "list"
        if shows_list or account.store.get("payment", imp_uid) is None:
            return _list(request, account, str(problem))
        return _one(request, account, imp_uid, str(problem))
    if request.POST.get("from") == "list":
        return back_to(request, name)
    return back_to(request, name, "console_payment", imp_uid)


@console_view("POST")
def resend(request: HttpRequest, key: str) -> HttpResponse:
    account = account_of(request)
    row = queue.resend(account.store, key, account.clock.unix())
    if row is None:
        raise Http404
    return back_to(request, "resend", "console_payment", row["imp_uid"])


def _list(request: HttpRequest, account: Account, problem: str = "") -> HttpResponse:
    status, text, number = (
        request.GET.get("status", ""),
        request.GET.get("q", "").strip()[:40],
        _page(request),
    )
    status = status if status in RAW_STATUSES else ""
    total, rows = search(account, status=status, text=text, page=number, limit=PAGE)
    context = {
        "lines": payment_lines(account, rows),
        "total": total,
        "statuses": {each: STATUSES[each] for each in RAW_STATUSES},
        "status": status,
        "text": text,
        "filtered": bool(status or text),
        "query": urlencode({"status": status, "q": text}),
        "older": number + 1 if number * PAGE < total else 0,
        "newer": number - 1,
    }
    return page(request, account, "console.html", context, problem=problem)


def _one(request: HttpRequest, account: Account, imp_uid: str, problem: str = "") -> HttpResponse:
    try:
        row = account.stored(imp_uid)
    except Refusal:
        raise Http404 from None
    answer: dict[str, Any] = {"code": 0, "message": None, "response": records.as_json(row)}
    context = {
        "line": payment_lines(account, [row])[0],
        "answer": json.dumps(answer, ensure_ascii=False, indent=2),
        "callback": json.dumps(callbacks.current(row), ensure_ascii=False, indent=2),
        "can_answer": escrows.can_answer(account, imp_uid),
        "product_orders": _product_orders(account, row),
    }
    return page(request, account, "console_payment.html", context, problem=problem)


def _product_orders(account: Account, payment: Row) -> list[dict[str, Any]]:
    """Those of a payment at Naver Pay, each with what its buyer or a courier may do now."""
    return [
        {
            **order,
            "amount": display(order["product_amount"] + order["delivery_amount"], payment["currency"]),
            "moves": {name: BUYER[name] for name in product_orders.moves_of_buyer(order)},
        }
        for order in account.store.find(product_orders.KIND, "started_at", imp_uid=payment["imp_uid"])
    ]


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
