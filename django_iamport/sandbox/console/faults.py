"""What is to go wrong: faults switched on and off."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from ..decorators import gateway_of
from ..delivery import faults
from ..delivery.faults import Fault
from ..rules import Gateway
from .forms import KINDS, OPERATIONS, WEBHOOK_KINDS, FaultForm
from .pages import back_to, console_view, page


@console_view("GET", "POST")
def fault_list(request: HttpRequest) -> HttpResponse:
    """What will go wrong, and a form for more."""
    gateway = gateway_of(request)
    if request.method == "GET":
        return _page(request, gateway, FaultForm(initial={"times": 1}))
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _page(request, gateway, form)
    faults.arm(gateway.store, form.fault())
    return back_to(request, "fault", "console_faults")


@console_view("POST")
def switch_off(request: HttpRequest) -> HttpResponse:
    """One fault, or all where none is named."""
    faults.disarm(gateway_of(request).store, request.POST.get("key") or None)
    return back_to(request, "mended", "console_faults")


def _page(request: HttpRequest, gateway: Gateway, form: FaultForm) -> HttpResponse:
    context = {
        "faults": [_line(fault) for fault in faults.armed(gateway.store)],
        "form": form,
        "operations": OPERATIONS,
        "kinds": KINDS,
        "webhook_kinds": WEBHOOK_KINDS,
    }
    return page(request, gateway, "console_faults.html", context)


def _line(fault: Fault) -> dict[str, Any]:
    kinds = WEBHOOK_KINDS if fault.operation == faults.WEBHOOK else KINDS
    return {
        "fault": fault,
        "operation": OPERATIONS[fault.operation],
        "kind": kinds.get(fault.kind, fault.kind),
        "lasts": f"{fault.lasts:g}" if fault.lasts else "",
    }
