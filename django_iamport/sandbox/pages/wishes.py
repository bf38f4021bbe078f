"""Naver Pay's wish list, opened by `IMP.naver_zzim`. The shop's page hears nothing of it."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from ..decorators import account_of, sandbox_url, sandbox_view
from ..rules import Refusal
from ..rules.refusals import NO_MERCHANT, not_opened
from ..rules.services import wishes
from .framing import protect_window, read_origin
from .languages import language_of
from .sdk_requests import answer_refused, asked_by_sdk, values_of
from .wallet_form import BRANDS


@sandbox_view()
@asked_by_sdk
def open_window(request: HttpRequest) -> HttpResponse:
    """Put products on the list, or say why not."""
    asked = values_of(request)
    params = asked.get("params")
    if not isinstance(params, dict):
        return JsonResponse({"error_code": "F400", "error_msg": "malformed request"}, status=400)
    account = account_of(request)
    try:
        if asked.get("merchant_code") != account.merchant.merchant_code:
            raise not_opened(NO_MERCHANT)
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
