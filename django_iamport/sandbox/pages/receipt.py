"""Sales slips."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from ..decorators import account_of, sandbox_view
from ..rules import Refusal
from ..state.clock import kst
from .amounts import display
from .framing import PAGE_POLICY
from .languages import language_of


@sandbox_view()
def receipt(request: HttpRequest, imp_uid: str) -> HttpResponse:
    """The sales slip that `receipt_url` leads to."""
    try:
        row = account_of(request).stored(imp_uid)
    except Refusal:
        raise Http404 from None
    with translation.override(language_of(request, request.GET.get("language"))):
        page = render(
            request,
            "iamport_sandbox/receipt.html",
            {
                "payment": row,
                "amount": display(row["amount"], row["currency"]),
                "cancelled": display(row["cancel_amount"], row["currency"]) if row["cancel_amount"] else "",
                "paid_at": kst(row["paid_at"]) if row["paid_at"] else "",
            },
        )
    page["Content-Security-Policy"] = PAGE_POLICY
    return page
