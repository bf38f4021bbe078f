"""The account: where webhooks go, what time it is, demo payments, and a new beginning."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from .. import seeds
from ..decorators import gateway_of
from ..rules import Gateway, switches, webhook_settings
from ..rules.actions import leap
from .forms import SettingsForm
from .pages import back_to, console_view, page
from .switches import SWITCHES


@console_view("GET", "POST")
def settings(request: HttpRequest) -> HttpResponse:
    """Webhooks: address, encoding, repeats; and the switches of what the gateway is known to do either way."""
    gateway = gateway_of(request)
    if request.method == "GET":
        chosen = asdict(webhook_settings.read(gateway.store))
        return _page(request, gateway, SettingsForm(initial={**chosen, "url": chosen["url"] or ""}))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, gateway, form)
    words = {name: request.POST[name] for name in switches.CHOICES if name in request.POST}
    try:
        with gateway.store.exclusive():
            switches.change(gateway.store, **words)
            webhook_settings.change(gateway.store, **asdict(form.settings()))
    except ValueError as problem:
        return _page(request, gateway, form, str(problem))
    return back_to(request, "settings", "console_settings")


@console_view("POST")
def clock(request: HttpRequest) -> HttpResponse:
    """Time passes at the gateway: an hour, a day, a week, a month."""
    try:
        leap(gateway_of(request), request.POST.get("leap"))
    except ValueError:
        raise Http404 from None
    return back_to(request, "clock")


@console_view("POST")
def seed(request: HttpRequest) -> HttpResponse:
    seeds.sow(gateway_of(request))
    return back_to(request, "seeds")


@console_view("POST")
def reset(request: HttpRequest) -> HttpResponse:
    gateway = gateway_of(request)
    with gateway.store.exclusive():
        gateway.store.clear()
    return back_to(request, "reset")


def _page(request: HttpRequest, gateway: Gateway, form: SettingsForm, problem: str = "") -> HttpResponse:
    chosen = asdict(switches.read(gateway.store))
    context = {
        "form": form,
        "configured_url": gateway.account.notice_url,
        "switches": [_switch(name, words, chosen[name]) for name, words in switches.CHOICES.items()],
    }
    return page(request, gateway, "console_settings.html", context, problem=problem)


def _switch(name: str, words: Iterable[str], chosen: str) -> dict[str, Any]:
    told = SWITCHES[name]
    choices = [{"value": word, "label": told.words[word]} for word in words]
    return {"name": name, "title": told.title, "chosen": chosen, "choices": choices}
