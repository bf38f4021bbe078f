"""What is to go wrong: faults switched on and off."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from ..decorators import account_of
from ..delivery import faults
from ..delivery.faults import Fault
from ..rules import Account
from .forms import KINDS, WEBHOOK_KINDS, FaultForm
from .operations import UNGROUPED, grouped, label
from .pages import back_to, console_view, page


@console_view("GET", "POST")
def fault_list(request: HttpRequest) -> HttpResponse:
    """What will go wrong, and a form for more."""
    account = account_of(request)
    if request.method == "GET":
        return _page(request, account, FaultForm(initial={"times": 1}))
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form)
    faults.arm(account.store, form.fault())
    return back_to(request, "fault", "console_faults")


@console_view("POST")
def switch_off(request: HttpRequest) -> HttpResponse:
    """One fault, or all where none is named."""
    faults.disarm(account_of(request).store, request.POST.get("key", "").replace("\0", "") or None)
    return back_to(request, "mended", "console_faults")


def _page(request: HttpRequest, account: Account, form: FaultForm) -> HttpResponse:
    context = {
        "faults": [_line(fault) for fault in faults.armed(account.store)],
        "form": form,
        "ungrouped": UNGROUPED,
        "groups": grouped(),
        "kinds": KINDS,
        "webhook_kinds": WEBHOOK_KINDS,
    }
    return page(request, account, "console_faults.html", context)


def _line(fault: Fault) -> dict[str, Any]:
    kinds = WEBHOOK_KINDS if fault.operation == faults.WEBHOOK else KINDS
    return {
        "fault": fault,
        "operation": label(fault.operation),
        "kind": kinds.get(fault.kind, fault.kind),
        "lasts": f"{fault.lasts:g}" if fault.lasts else "",
    }
