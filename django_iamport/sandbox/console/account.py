"""The account: where webhooks go, what time it is, demo payments, and a new beginning."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from .. import seeds
from ..decorators import account_of
from ..rules import Account, switches, webhook_settings
from ..rules.actions import leap
from ..rules.json_bodies import read_object
from ..rules.payments import fixtures
from .forms import SettingsForm
from .pages import back_to, console_view, page
from .switches import SWITCHES


@console_view("GET", "POST")
def settings(request: HttpRequest) -> HttpResponse:
    """Webhooks: address, encoding, repeats; and the switches of what the gateway is known to do either way."""
    account = account_of(request)
    if request.method == "GET":
        return _page(request, account, _settings_form(account))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form)
    words = {name: request.POST[name] for name in switches.CHOICES if name in request.POST}
    try:
        with account.store.exclusive():
            account.switch(**words)
            webhook_settings.change(account.store, **asdict(form.settings()))
    except ValueError as problem:
        return _page(request, account, form, str(problem))
    return back_to(request, "settings", "console_settings")


@console_view("POST")
def clock(request: HttpRequest) -> HttpResponse:
    """Time passes at the gateway: an hour, a day, a week, a month."""
    try:
        leap(account_of(request), request.POST.get("leap"))
    except ValueError:
        raise Http404 from None
    return back_to(request, "clock")


@console_view("POST")
def seed(request: HttpRequest) -> HttpResponse:
    """Payments to look at; or, asked for by `set`, those that public test suites ask for."""
    if request.POST.get("set") == "public_tests":
        seeds.create_public_tests(account_of(request))
    else:
        seeds.create_payments(account_of(request))
    return back_to(request, "seeds")


@console_view("GET", "POST")
def fixture(request: HttpRequest) -> HttpResponse:
    """All payments as a file to keep; a file of payments is taken in."""
    account = account_of(request)
    if request.method == "GET":
        kept = {"payments": fixtures.export_payments(account)}
        response = JsonResponse(kept, json_dumps_params={"ensure_ascii": False, "indent": 1})
        response["Content-Disposition"] = 'attachment; filename="payments.json"'
        return response
    try:
        _take_in(account, request)
    except ValueError as problem:
        return _page(request, account, _settings_form(account), str(problem))
    return back_to(request, "fixtures")


@console_view("POST")
def reset(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    with account.store.exclusive():
        account.store.clear()
    return back_to(request, "reset")


def _settings_form(account: Account) -> SettingsForm:
    chosen = asdict(webhook_settings.read(account.store))
    return SettingsForm(initial={name: "" if value is None else value for name, value in chosen.items()})


def _take_in(account: Account, request: HttpRequest) -> None:
    """Raises ValueError where the file is none, or holds what no payment can be."""
    sent = request.FILES.get("file")
    try:
        values = read_object(sent.read()) if sent else {}
    except ValueError:
        values = {}
    if set(values) != {"payments"}:
        raise ValueError(_("Choose a JSON file with payments, as exported here."))
    fixtures.import_payments(account, values["payments"])


def _page(request: HttpRequest, account: Account, form: SettingsForm, problem: str = "") -> HttpResponse:
    chosen = asdict(account.switches)
    context = {
        "form": form,
        "configured_url": account.merchant.notice_url,
        "configured": account.merchant,
        "switches": [_switch(name, words, chosen[name]) for name, words in switches.CHOICES.items()],
    }
    return page(request, account, "console_settings.html", context, problem=problem)


def _switch(name: str, words: Iterable[str], chosen: str) -> dict[str, Any]:
    wording = SWITCHES[name]
    choices = [{"value": word, "label": wording.words[word]} for word in words]
    return {"name": name, "title": wording.title, "chosen": chosen, "choices": choices}
