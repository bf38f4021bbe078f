"""The account's channels: listed, added, changed, removed."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ..decorators import account_of
from ..rules import Account
from ..rules.channels import PAYMENT, Catalog, Channel, Rules, kept
from ..rules.codes import QUOTAS
from .channel_form import PGS, TYPES, ChannelForm
from .pages import back_to, console_view, page


@console_view("GET", "POST")
def channels(request: HttpRequest) -> HttpResponse:
    """The list, and a form for one more, or for the one that `edit` names."""
    account = account_of(request)
    key = request.POST.get("edited") or request.GET.get("edit", "")
    edited = account.channels.of_key(key)
    if request.method == "GET":
        initial = ChannelForm.values_of(edited) if edited else {"partial_refunds": True, "type": PAYMENT}
        return _page(request, account, ChannelForm(initial=initial), edited)
    form = ChannelForm(request.POST)
    if not form.is_valid():
        return _page(request, account, form, edited)
    try:
        with account.store.exclusive():
            _save(account, form.channel(), key)
    except ValueError as problem:
        return _page(request, account, form, edited, str(problem))
    return back_to(request, "channel", "console_channels")


@console_view("POST")
def remove(request: HttpRequest) -> HttpResponse:
    """One of them, unless it is the last one for payments."""
    account = account_of(request)
    with account.store.exclusive():
        left = [channel for channel in account.channels if channel.key != request.POST.get("key")]
        if len(left) == len(account.channels.channels):
            raise Http404
        try:
            _keep(account, left)
        except ValueError:
            return _page(request, account, ChannelForm(), None, _("One channel for payments must stay."))
    return back_to(request, "channel_removed", "console_channels")


@console_view("POST")
def usual(request: HttpRequest) -> HttpResponse:
    """Those again that the file describes, or every account has."""
    account = account_of(request)
    with account.store.exclusive():
        kept.forget(account.store)
    return back_to(request, "channels_usual", "console_channels")


def _save(account: Account, channel: Channel, edited: str) -> None:
    """In the place of the one that was edited, else at the end."""
    before = list(account.channels)
    places = [number for number, each in enumerate(before) if each.key == edited]
    for number in places[:1] or [len(before)]:
        before[number : number + 1] = [channel]
    _keep(account, before)


def _keep(account: Account, channels: Sequence[Channel]) -> None:
    kept.change(account.store, Catalog(channels).as_dicts())


def _page(
    request: HttpRequest, account: Account, form: ChannelForm, edited: Channel | None, problem: str = ""
) -> HttpResponse:
    catalog = account.channels
    context = {
        "lines": [_line(channel, catalog) for channel in catalog],
        "form": form,
        "edited": edited,
        "pgs": PGS,
        "types": TYPES,
    }
    return page(request, account, "console_channels.html", context, problem=problem)


def _line(channel: Channel, catalog: Catalog) -> dict[str, Any]:
    return {
        "channel": channel,
        "pg": channel.provider.name,
        "type": TYPES[channel.type],
        "is_default": channel == catalog.default,
        "rules": _in_words(channel.rules) if channel.type == PAYMENT else [],
    }


def _in_words(rules: Rules) -> list[Any]:
    """What differs from a channel that permits everything."""
    words = []
    if not rules.partial_refunds:
        words.append(_("no partial refunds"))
    if rules.refund_days is not None:
        days = rules.refund_days
        words.append(_("refunds within %(days)d days") % {"days": days})
    if rules.instalments < QUOTAS[-1]:
        months = rules.instalments
        words.append(
            _("instalments up to %(months)d months") % {"months": months} if months else _("no instalments")
        )
    if rules.minimum:
        words.append(_("from %(amount)s") % {"amount": f"{rules.minimum:,}"})
    if rules.currencies != ("KRW",):
        words.append(", ".join(rules.currencies))
    return words
