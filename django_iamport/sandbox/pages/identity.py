"""The identity window, opened by `IMP.certification`."""

from datetime import date
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods

from .. import conf
from ..decorators import account_of, sandbox_url, sandbox_view
from ..rules import Account, Refusal
from ..rules.payments import callbacks
from ..rules.refusals import TOO_YOUNG
from ..rules.services import certifications
from ..state.stores import Row
from .framing import protect_window, read_origin
from .identity_form import ASKED_CARRIERS, CARRIERS, DEMO, OUTCOMES, IdentityForm
from .languages import language_of
from .sdk_requests import Asked, answer_refused, asked_by_sdk, require_merchant


@sandbox_view()
@asked_by_sdk
def open_window(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Open a window for `IMP.certification`, or say why not."""
    params = asked["params"]
    account = account_of(request)
    try:
        require_merchant(account, asked)
        channel = certifications.choose_channel(account.channels, params)
        row = certifications.open_window(account.store, channel, params, account.clock.unix())
    except Refusal as refusal:
        return answer_refused(refusal, params)
    row["origin"] = read_origin(asked.get("origin"))
    account.store.put(certifications.KIND, row["imp_uid"], row)
    url = sandbox_url(request, "identity", row["imp_uid"], row["window_key"])
    return JsonResponse({"url": url, "imp_uid": row["imp_uid"], "merchant_uid": row["merchant_uid"]})


@sandbox_view(framed=True)
@require_http_methods(["GET", "POST"])
def window(request: HttpRequest, imp_uid: str, window_key: str) -> HttpResponse:
    """The window itself. Its address is known to the person's browser alone."""
    account = account_of(request)
    try:
        row = certifications.stored(account.store, imp_uid)
    except Refusal:
        raise Http404 from None
    if not constant_time_compare(row["window_key"], window_key):
        raise Http404
    with translation.override(language_of(request, row["asked"]["language"])):
        if row["status"] != "ready":
            return _result(request, row)
        if request.method == "POST":
            return _act(request, account, row)
        return _page(request, row, IdentityForm(initial=_initial(row)))


def _act(request: HttpRequest, account: Account, row: Row) -> HttpResponse:
    imp_uid, store = row["imp_uid"], account.store
    form = IdentityForm(request.POST)
    try:
        if request.POST.get("action") == "close":
            row = certifications.close(store, imp_uid)
        elif not form.is_valid():
            return _page(request, row, form)
        elif form.cleaned_data["outcome"] == "fail":
            row = certifications.fail(store, imp_uid)
        elif _is_too_young(form.cleaned_data["birthday"], row["min_age"], account):
            row = certifications.fail(store, imp_uid, TOO_YOUNG)
        else:
            row = certifications.certify(store, imp_uid, form.person(), account.clock.unix())
    except Refusal:
        row = certifications.stored(store, imp_uid)
    return _result(request, row)


def _is_too_young(birthday: date, min_age: int | None, account: Account) -> bool:
    today = account.clock.now().date()
    age = today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))
    return min_age is not None and age < min_age


def _page(request: HttpRequest, row: Row, form: IdentityForm) -> HttpResponse:
    chosen = {name: form[name].value() for name in form.fields}
    context = {
        "row": row,
        "shop": row["asked"]["company"] or conf.shop_name() or urlsplit(row["origin"] or "").netloc,
        "chosen": {**chosen, "outcome": chosen["outcome"] or "certify"},
        "errors": form.errors,
        "carriers": CARRIERS,
        "outcomes": OUTCOMES,
    }
    response = render(request, "iamport_sandbox/identity.html", context)
    return protect_window(response, ancestors=row["origin"] or "'self'")


def _result(request: HttpRequest, row: Row) -> HttpResponse:
    result = certifications.answer(row)
    url = callbacks.web_address(row["m_redirect_url"])
    appended = {**result, "success": "true" if result["success"] else "false"}
    message = {
        "action": "done",
        "origin": row["origin"],
        "redirect_url": url and callbacks.appended(url, appended),
        "current": result,
        "legacy": result,
        "wait": False,
        "again": request.method == "GET",
    }
    context = {"row": row, "message": message, "redirect_url": message["redirect_url"], "shop": ""}
    response = render(request, "iamport_sandbox/identity_result.html", context)
    return protect_window(response, ancestors=row["origin"] or "'self'")


def _initial(row: Row) -> dict[str, str]:
    asked = row["asked"]
    carrier_asked = ASKED_CARRIERS.get(asked["carrier"], asked["carrier"])
    given = {
        "name": asked["name"],
        "phone": (asked["phone"] or "").replace("-", ""),
        "carrier": carrier_asked if carrier_asked in CARRIERS else None,
    }
    return {**DEMO, **{name: value for name, value in given.items() if value}}
