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
from ..rules.payments import callbacks, wallets
from ..rules.payments.vbanks import is_waiting
from ..state.clock import kst
from ..state.stores import Row
from . import confirm_process, practice_code
from .amounts import display
from .framing import protect_window, read_origin
from .languages import language_of
from .practice import NEWS, OUTCOMES, PracticeForm
from .sdk_requests import Asked, answer_refused, asked_by_sdk
from .wallet_form import WalletForm, begins_in_app, brand, means
from .window_form import CARRIERS, WindowForm, cards, pay_methods, quotas, test_cards

CARDS_WINDOW = "cards"
UNTOLD = ("naverco",)
"""Payment companies whose result the page never hears: the gateway does, and the shop by its webhook."""

UNSEEN = ("pay_method", "means", "card_quota", "outcome", "test_card", "news")
"""Fields whose problem is said at the top: a browser's own choices don't have any."""


@sandbox_view(framed=True)
@require_GET
def frame(request: HttpRequest) -> HttpResponse:
    """The empty page with which `iamport.js` talks until a window opens."""
    return protect_window(render(request, "iamport_sandbox/frame.html"), ancestors="*")


@sandbox_view()
@asked_by_sdk
def open_window(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Open a window for `request_pay`, or say why not, in the callback's own words."""
    params = asked["params"]
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
        return _page(request, payment, _form(payment))


def _act(request: HttpRequest, account: Account, payment: Row) -> HttpResponse:
    """What the pressed button asks for. A window that ended meanwhile shows its result once more."""
    imp_uid = payment["imp_uid"]
    form = _form(payment, request.POST)
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


def _form(payment: Row, *data: Any) -> PracticeForm:
    is_wallet = wallets.window_of(payment) != CARDS_WINDOW
    return WalletForm(payment, *data) if is_wallet else WindowForm(payment, *data)


def _ask_and_pay(account: Account, payment: Row, form: PracticeForm) -> None:
    """Ask the shop before the capture, where it wants that; page and webhook get the result in chosen order."""
    asked = callbacks.web_address(payment.get("confirm_url")) and form.is_to_be_approved
    reason = confirm_process.refusal_of(account, payment) if asked else None
    if reason is not None:
        account.decline(payment["imp_uid"], reason)
        return
    form.execute(account)
    if form.cleaned_data["news"] == "webhook_first":
        deliver_due(account)


def _page(request: HttpRequest, payment: Row, form: PracticeForm) -> HttpResponse:
    shown = {
        **_facts(payment),
        "errors": form.errors,
        "problems": [form.errors[name][0] for name in UNSEEN if name in form.errors],
        "cards": cards(payment),
        "banks": BANKS,
        "outcomes": OUTCOMES,
        "news": NEWS,
        "registers": bool(payment["customer_uid"]) and not payment.get("key_charges"),
    }
    if isinstance(form, WalletForm):
        template, shown = "wallet", {**shown, **_wallet(payment, form)}
    else:
        template, shown = "window", {**shown, **_cards(payment, form)}
    response = render(request, f"iamport_sandbox/{template}.html", shown)
    return protect_window(response, ancestors=payment["origin"] or "'self'")


def _cards(payment: Row, form: PracticeForm) -> dict[str, Any]:
    chosen = form.data if form.is_bound else {"pay_method": payment["pay_method"]}
    methods, method = pay_methods(payment), chosen.get("pay_method")
    return {
        "methods": methods,
        "method": method if method in methods else next(iter(methods)),
        "quotas": quotas(payment),
        "test_cards": test_cards(),
        "carriers": CARRIERS,
        "chosen": {**_defaults(payment), **_flat(chosen)},
    }


def _wallet(payment: Row, form: PracticeForm) -> dict[str, Any]:
    chosen = form.data if form.is_bound else {}
    offered = means(payment)
    return {
        "means": offered,
        "method": chosen.get("means") if chosen.get("means") in offered else next(iter(offered)),
        "begins_in_app": begins_in_app(payment),
        "on_phone": payment["channel"] == "mobile",
        "at_step": 2 if form.is_bound else 1,
        "code": practice_code.path_of(payment["imp_uid"]),
        "chosen": {**_defaults(payment), **_flat(chosen)},
    }


def _defaults(payment: Row) -> dict[str, str]:
    offered = list(cards(payment))
    card = offered[0] if len(offered) == 1 else ""
    quota = str(next(iter(quotas(payment))))
    return {"outcome": "approve", "card_code": card, "card_quota": quota, "carrier": "SKT", "news": "any"}


def _result(request: HttpRequest, payment: Row, *, lost: bool = False) -> HttpResponse:
    redirect_url = callbacks.redirect_url(payment)
    is_untold = lost or payment["pg_provider"] in UNTOLD
    message = {
        "action": "lost" if is_untold else "done",
        "origin": payment["origin"],
        "redirect_url": None if is_untold else redirect_url,
        "current": None if is_untold else callbacks.current(payment),
        "legacy": None if is_untold else callbacks.legacy(payment),
        "wait": is_waiting(payment),
        # Whoever comes back to a window by the browser's back button is not sent away again.
        "again": request.method == "GET",
    }
    context = {
        **_facts(payment),
        "message": message,
        "lost": lost,
        "untold": is_untold,
        "waiting": is_waiting(payment),
        "due": kst(payment["vbank_date"], "%Y-%m-%d %H:%M"),
        "redirect_url": redirect_url,
    }
    response = render(request, "iamport_sandbox/result.html", context)
    return protect_window(response, ancestors=payment["origin"] or "'self'")


def _facts(payment: Row) -> dict[str, Any]:
    shop = urlsplit(payment["origin"] or "").netloc
    theme = wallets.window_of(payment)
    return {
        "theme": theme,
        "brand": brand(payment) if theme != CARDS_WINDOW else "",
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
