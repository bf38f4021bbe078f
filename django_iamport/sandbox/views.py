"""The REST API, the browser SDK with its files, and sales slips."""

from pathlib import Path
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from .api import Answer, dispatch
from .decorators import carrier, gateway_of
from .delivery import faults
from .delivery.connection import Dropped, RequestLine
from .pages.amounts import shown
from .pages.languages import language_of
from .rules import Refusal
from .state.clock import kst

ASSETS = Path(__file__).parent / "assets"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'"


@carrier()
def api(request: HttpRequest, path: str) -> HttpResponse:
    """One request to the gateway's REST API, with what the console wants to go wrong."""
    gateway, method, query = (
        gateway_of(request),
        request.method or "GET",
        request.META.get("QUERY_STRING", ""),
    )
    body = request.body

    def work() -> Answer:
        return dispatch(gateway, method, quote(path), query, request.headers, body)

    try:
        answer = faults.carry(gateway.store, faults.operation_of(method, path), work, RequestLine(request))
    except Dropped:
        return HttpResponse(status=502)
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


@carrier()
def sdk(request: HttpRequest) -> HttpResponse:
    """`iamport.js`; with `?legacy` its callbacks have the shape of the 1.x scripts."""
    return _file("iamport.js")


@carrier()
def asset(request: HttpRequest, name: str) -> HttpResponse:
    return _file(name)


@carrier()
def receipt(request: HttpRequest, imp_uid: str) -> HttpResponse:
    """The sales slip that `receipt_url` leads to."""
    try:
        row = gateway_of(request).stored(imp_uid)
    except Refusal:
        raise Http404 from None
    with translation.override(language_of(request, request.GET.get("language"))):
        page = render(
            request,
            "iamport_sandbox/receipt.html",
            {
                "payment": row,
                "amount": shown(row["amount"], row["currency"]),
                "cancelled": shown(row["cancel_amount"], row["currency"]) if row["cancel_amount"] else "",
                "paid_at": kst(row["paid_at"]) if row["paid_at"] else "",
            },
        )
    page["Content-Security-Policy"] = PAGE_POLICY
    return page


def _file(name: str) -> HttpResponse:
    file = ASSETS / name
    if file.parent != ASSETS or file.suffix not in TYPES or not file.is_file():
        raise Http404
    response = HttpResponse(file.read_bytes(), content_type=TYPES[file.suffix])
    response["Cache-Control"] = "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
