"""Naver Pay's wish list, opened by `IMP.naver_zzim`. The shop's page hears nothing of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from ..decorators import account_of, sandbox_url, sandbox_view
from ..rules import Refusal
from ..rules.services import wishes
from .framing import protect_window, read_origin
from .languages import language_of
from .sdk_requests import Asked, answer_refused, asked_by_sdk, require_merchant
from .wallet_form import BRANDS


@sandbox_view()
@asked_by_sdk
def open_window(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Put products on the list, or say why not."""
    params = asked["params"]
    account = account_of(request)
    try:
        require_merchant(account, asked)
        row = wishes.keep(account.store, account.channels, params, account.clock.unix())
    except Refusal as refusal:
        return answer_refused(refusal, params)
    row["origin"] = read_origin(asked.get("origin"))
    account.store.put(wishes.KIND, row["key"], row)
    return JsonResponse(
        {"url": sandbox_url(request, "wishes", row["key"]), "imp_uid": None, "merchant_uid": None}
    )


@sandbox_view(framed=True)
@require_GET
def window(request: HttpRequest, key: str) -> HttpResponse:
    row: dict[str, Any] | None = account_of(request).store.get(wishes.KIND, key)
    if row is None:
        raise Http404
    with translation.override(language_of(request)):
        context = {"row": row, "theme": "naverpay", "brand": BRANDS["naverpay"]}
        response = render(request, "iamport_sandbox/wishes.html", context)
    return protect_window(response, ancestors=row["origin"] or "'self'")
