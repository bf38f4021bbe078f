"""The payment window: opened by `iamport.js`, shown in a frame of the shop's page or in its place."""

from hmac import compare_digest
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods

from .. import conf
from ..decorators import account_of, sandbox_url, sandbox_view
from ..delivery.sending import deliver_due
from ..rules import Account, Refusal
from ..rules.codes import BANKS
from ..rules.payments import callbacks
from ..rules.payments.vbanks import is_waiting
from ..state.clock import kst
from ..state.stores import Row
from . import confirm_process
from .amounts import display
from .framing import protect_window, read_origin
from .languages import language_of
from .sdk_requests import answer_refused, only_posted, values_of
from .window_form import CARRIERS, NEWS, OUTCOMES, WindowForm, cards, pay_methods, quotas, test_cards

UNSEEN = ("pay_method", "card_quota", "outcome", "test_card", "news")
"""Fields whose problem is said at the top: a browser's own choices don't have any."""


@sandbox_view(framed=True)
@require_GET
def frame(request: HttpRequest) -> HttpResponse:
    """The empty page with which `iamport.js` talks until a window opens."""
    return protect_window(render(request, "iamport_sandbox/frame.html"), ancestors="*")


@sandbox_view()
@only_posted
def open_window(request: HttpRequest) -> HttpResponse:
    """Open a window for `request_pay`, or say why not, in the callback's own words."""
    asked = values_of(request)
    params = asked.get("params")
    if not isinstance(params, dict):
        return JsonResponse({"error_code": "F400", "error_msg": "malformed request"}, status=400)
    device = asked.get("device")
    account = account_of(request)
    try:
        payment = account.open_window(
            params,
            merchant_code=str(asked.get("merchant_code") or ""),
            device="mobile" if device == "mobile" else "pc",
            user_agent=request.headers.get("User-Agent", "")[:250],
            origin=read_origin(asked.get("origin")),
        )
    except Refusal as refusal:
        return answer_refused(refusal, params, imp_success="false")
    imp_uid = payment["imp_uid"]
    url = sandbox_url(request, "window", imp_uid, account.stored(imp_uid)["window_key"])
    return JsonResponse({"url": url, "imp_uid": imp_uid, "merchant_uid": payment["merchant_uid"]})


@sandbox_view(framed=True)
@require_http_methods(["GET", "POST"])
def window(request: HttpRequest, imp_uid: str, window_key: str) -> HttpResponse:
    """The window itself. Its address is known to the buyer's browser alone."""
    account = account_of(request)
    payment = _payment(account, imp_uid, window_key)
    with translation.override(language_of(request, payment["language"])):
        if not _is_open(payment):
            return _result(request, payment)
        if request.method == "POST":
            return _act(request, account, payment)
        return _page(request, payment, WindowForm(payment))


def _act(request: HttpRequest, account: Account, payment: Row) -> HttpResponse:
    """What the pressed button asks for. A window that ended meanwhile shows its result once more."""
    imp_uid = payment["imp_uid"]
    form = WindowForm(payment, request.POST)
    lost = False
    try:
        if request.POST.get("action") == "close":
            account.close(imp_uid)
        elif form.is_valid():
            _ask_and_pay(account, payment, form)
            lost = form.cleaned_data["outcome"] == "lost"
        else:
            return _page(request, payment, form)
    except Refusal:
        lost = False
    return _result(request, account.stored(imp_uid), lost=lost)


def _ask_and_pay(account: Account, payment: Row, form: WindowForm) -> None:
    """Ask the shop before the capture, where it wants that; page and webhook get the result in chosen order."""
    asked = callbacks.web_address(payment.get("confirm_url")) and form.is_to_be_approved
    reason = confirm_process.refusal_of(account, payment) if asked else None
    if reason is not None:
        account.decline(payment["imp_uid"], reason)
        return
    form.execute(account)
    if form.cleaned_data["news"] == "webhook_first":
        deliver_due(account)


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
            "problems": [form.errors[name][0] for name in UNSEEN if name in form.errors],
            "methods": methods,
            "method": method if method in methods else "card",
            "cards": cards(payment),
            "quotas": quotas(payment),
            "test_cards": test_cards(),
            "news": NEWS,
            "banks": BANKS,
            "carriers": CARRIERS,
            "outcomes": OUTCOMES,
            "chosen": {**_defaults(payment), **_flat(chosen)},
        },
    )
    return protect_window(response, ancestors=payment["origin"] or "'self'")


def _defaults(payment: Row) -> dict[str, str]:
    offered = list(cards(payment))
    card = offered[0] if len(offered) == 1 else ""
    quota = str(next(iter(quotas(payment))))
    return {"outcome": "approve", "card_code": card, "card_quota": quota, "carrier": "SKT", "news": "any"}


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
    return protect_window(response, ancestors=payment["origin"] or "'self'")


def _facts(payment: Row) -> dict[str, Any]:
    shop = urlsplit(payment["origin"] or "").netloc
    return {
        "payment": payment,
        "shop": conf.shop_name() or shop or payment["pg_id"],
        "amount": display(payment["amount"], payment["currency"]),
    }


def _is_open(payment: Row) -> bool:
    return payment["status"] == "ready" and not is_waiting(payment)


def _payment(account: Account, imp_uid: str, window_key: str) -> Row:
    try:
        payment = account.stored(imp_uid)
    except Refusal:
        raise Http404 from None
    if not compare_digest(payment["window_key"].encode(), window_key.encode()):
        raise Http404
    return payment


def _flat(data: Any) -> dict[str, str]:
    return {name: data.get(name) for name in data}
