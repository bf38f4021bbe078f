"""What every view of the sandbox shares."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import unquote

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from . import conf, origins
from .background import courier
from .database import open_account, open_store, when_stored
from .rules import Account, timetable
from .rules.json_bodies import is_storable

UNREADABLE = {"code": "malformed", "message": "the request is not valid UTF-8 text"}
View = Callable[..., HttpResponseBase]
FOREIGN = (
    "A page of another site may change nothing here. If it is your shop's, list its host: --allow-host, or "
    "IAMPORT_SANDBOX_ALLOWED_HOSTS."
)


def _unreadable() -> HttpResponse:
    return JsonResponse({"error": UNREADABLE}, status=400)


def sandbox_view(
    *,
    csrf: bool = False,
    framed: bool = False,
    refuses_foreign_pages: bool = False,
    unreadable: Callable[[], HttpResponse] = _unreadable,
) -> Callable[[View], View]:
    """A view of the sandbox: never logged in, never inside a transaction, webhooks sent afterwards.

    `csrf` keeps Django's protection (the console's forms), `framed` lets a shop's page show the answer
    in a frame. Answers 404 where the sandbox is not allowed, and 403 to pages of other sites that want something
    changed; a view that `refuses_foreign_pages` says so in its own way. `unreadable` answers what is not UTF-8.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not conf.allowed():
                return HttpResponse(conf.REFUSED, status=404, content_type="text/plain; charset=utf-8")
            if not _is_readable(request):
                return unreadable()
            if not refuses_foreign_pages and origins.is_foreign(request, knows_a_key=framed):
                return HttpResponse(FOREIGN, status=403, content_type="text/plain; charset=utf-8")
            response = view(request, *args, **kwargs)
            if request.method != "GET":
                when_stored(wake_courier)
            return response

        # Error reports of where DEBUG is off say nothing of what was typed or posted: cards are among it.
        reported = sensitive_post_parameters()(sensitive_variables()(guarded))
        decorated: View = transaction.non_atomic_requests(login_not_required(reported))
        if framed:
            decorated = xframe_options_exempt(decorated)
        return decorated if csrf else csrf_exempt(decorated)

    return decorate


def _is_readable(request: HttpRequest) -> bool:
    """Whether it is UTF-8, and its address holds nothing that a database refuses."""
    charset = (request.content_params or {}).get("charset", "utf-8")
    address = request.path_info + unquote(request.META.get("QUERY_STRING", ""))
    return charset.lower() in ("utf-8", "utf8") and is_storable(address)


def account_of(request: HttpRequest) -> Account:
    """The account over the database; sales slips are shown under the request's own address."""
    slip = request.build_absolute_uri(sandbox_url(request, "receipt", "-"))
    return open_account(slip.removesuffix("-"))


def sandbox_url(request: HttpRequest, name: str, *args: str) -> str:
    """The path of another page of the same inclusion of the sandbox's URLs."""
    match = request.resolver_match
    namespace = match.namespace if match else None
    return reverse(f"iamport_sandbox:{name}", args=args, current_app=namespace)


def wake_courier() -> None:
    """Where something waits to be sent or to happen."""
    store = open_store()
    if store.count("webhook", status="waiting") or timetable.has_plans(store):
        courier.wake()
