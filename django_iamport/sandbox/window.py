"""The payment window: opened by `iamport.js`, shown in a frame of the shop's page or in its place."""

import json
import re
from decimal import Decimal
from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from .amounts import shown
from .clock import kst
from .decorators import carrier, gateway_of, here
from .forms import CARRIERS, OUTCOMES, WindowForm, pay_methods, quotas
from .gateway import Gateway, Refusal, callbacks
from .gateway.codes import BANKS, CARDS
from .gateway.vbanks import is_waiting
from .languages import language_of
from .stores import Row

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)
ORIGIN = re.compile(r"https?://[a-zA-Z0-9.\-\[\]:]+")


@carrier(framed=True)
@require_GET
def frame(request: HttpRequest) -> HttpResponse:
    """The empty page with which `iamport.js` talks until a window opens."""
    return _guarded(render(request, "iamport_sandbox/frame.html"), ancestors="*")


@carrier()
@require_POST
def open_window(request: HttpRequest) -> HttpResponse:
    """Open a window for `request_pay`, or say why not, in the callback's own words."""
    asked = _asked(request)
    params = asked.get("params")
    if not isinstance(params, dict):
        return JsonResponse({"error_code": "F400", "error_msg": "malformed request"}, status=400)
    device, origin = asked.get("device"), str(asked.get("origin") or "")
    gateway = gateway_of(request)
    try:
        payment = gateway.open_window(
            params,
            merchant_code=str(asked.get("merchant_code") or ""),
            device="mobile" if device == "mobile" else "pc",
            user_agent=request.headers.get("User-Agent", "")[:250],
            origin=origin if ORIGIN.fullmatch(origin) else None,
        )
    except Refusal as refusal:
        refused = callbacks.refused(refusal, params.get("merchant_uid"))
        url = callbacks.web_address(params.get("m_redirect_url"))
        if url is not None:
            told = {name: value for name, value in refused.items() if value is not None}
            url = callbacks.appended(url, {**told, "imp_success": "false"})
        return JsonResponse({"refused": refused, "redirect_url": url})
    imp_uid = payment["imp_uid"]
    return JsonResponse({"url": here(request, "window", imp_uid, gateway.stored(imp_uid)["window_key"])})


@carrier(framed=True)
@require_http_methods(["GET", "POST"])
def window(request: HttpRequest, imp_uid: str, window_key: str) -> HttpResponse:
    """The window itself. Its address is known to the buyer's browser alone."""
    gateway = gateway_of(request)
    payment = _payment(gateway, imp_uid, window_key)
    with translation.override(language_of(request, payment["language"])):
        if not _is_open(payment):
            return _result(request, payment)
        if request.method == "POST":
            return _act(request, gateway, payment)
        return _page(request, payment, WindowForm(payment))


def _act(request: HttpRequest, gateway: Gateway, payment: Row) -> HttpResponse:
    """What the pressed button asks for. A window that ended meanwhile shows its result once more."""
    imp_uid = payment["imp_uid"]
    form = WindowForm(payment, request.POST)
    lost = False
    try:
        if request.POST.get("action") == "close":
            gateway.close(imp_uid)
        elif form.is_valid():
            form.carry_out(gateway)
            lost = form.cleaned_data["outcome"] == "lost"
        else:
            return _page(request, payment, form)
    except Refusal:
        lost = False
    return _result(request, gateway.stored(imp_uid), lost=lost)


def _page(request: HttpRequest, payment: Row, form: WindowForm) -> HttpResponse:
    chosen = form.data if form.is_bound else {"pay_method": payment["pay_method"]}
    methods = pay_methods(payment)
    method = chosen.get("pay_method")
    response = render(
        request,
        "iamport_sandbox/window.html",
        {
            **_facts(payment),
            "errors": form.errors,
            "problems": [form.errors[name][0] for name in form.fields if name in form.errors],
            "methods": methods,
            "method": method if method in methods else "card",
            "cards": CARDS,
            "quotas": quotas(payment),
            "banks": BANKS,
            "carriers": CARRIERS,
            "outcomes": OUTCOMES,
            "chosen": {"outcome": "approve", "card_quota": "0", "carrier": "SKT", **_flat(chosen)},
        },
    )
    return _guarded(response, ancestors=payment["origin"] or "'self'")


def _result(request: HttpRequest, payment: Row, *, lost: bool = False) -> HttpResponse:
    redirect_url = callbacks.redirect_url(payment)
    message = {
        "action": "lost" if lost else "done",
        "origin": payment["origin"],
        "redirect_url": None if lost else redirect_url,
        "current": None if lost else callbacks.current(payment),
        "legacy": None if lost else callbacks.legacy(payment),
        "wait": is_waiting(payment),
        # Whoever comes back to a window by the browser's back button is not sent away again.
        "again": request.method == "GET",
    }
    context = {
        **_facts(payment),
        "message": message,
        "lost": lost,
        "waiting": is_waiting(payment),
        "due": kst(payment["vbank_date"], "%Y-%m-%d %H:%M"),
        "redirect_url": redirect_url,
    }
    response = render(request, "iamport_sandbox/result.html", context)
    return _guarded(response, ancestors=payment["origin"] or "'self'")


def _facts(payment: Row) -> dict[str, Any]:
    shop = urlsplit(payment["origin"] or "").netloc
    return {
        "payment": payment,
        "shop": shop or payment["pg_id"],
        "amount": shown(payment["amount"], payment["currency"]),
    }


def _is_open(payment: Row) -> bool:
    return payment["status"] == "ready" and not is_waiting(payment)


def _payment(gateway: Gateway, imp_uid: str, window_key: str) -> Row:
    try:
        payment = gateway.stored(imp_uid)
    except Refusal:
        raise Http404 from None
    if not compare_digest(payment["window_key"].encode(), window_key.encode()):
        raise Http404
    return payment


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        asked = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return asked if isinstance(asked, dict) else {}


def _flat(data: Any) -> dict[str, str]:
    return {name: data.get(name) for name in data}


def _guarded(response: HttpResponse, *, ancestors: str) -> HttpResponse:
    response["Content-Security-Policy"] = POLICY.format(ancestors=ancestors)
    # The address is the key to the window: it goes to nobody and into no cache.
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
