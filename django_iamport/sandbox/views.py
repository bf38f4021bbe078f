"""The REST API, and the browser SDK with its files."""

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse

from .api import Answer, envelope
from .decorators import account_of, sandbox_view
from .delivery.answering import answer
from .delivery.connection import ConnectionDropped, RequestConnection, socket_of
from .rules.refusals import WRONG_PARAMETER

ASSETS = Path(__file__).parent / "assets"
SDK = ("iamport.js", "iamport_ui.js")
NO_CHANNELS = "const CHANNELS = [];"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

TOO_LARGE = envelope(413, -1, WRONG_PARAMETER, None)
UNREADABLE = envelope(400, -1, WRONG_PARAMETER, None)


@sandbox_view(unreadable=lambda: _response(UNREADABLE))
def api(request: HttpRequest, path: str) -> HttpResponse:
    """One request to the gateway's REST API, with what the console wants to go wrong."""
    query = request.META.get("QUERY_STRING", "")
    connection = RequestConnection(socket_of(request.META))
    try:
        given = answer(
            account_of(request),
            connection,
            request.method or "GET",
            _as_sent(request, path),
            query,
            request.headers,
            request.body,
        )
    except RequestDataTooBig:
        return _response(TOO_LARGE)
    except ConnectionDropped:
        return HttpResponse(status=502)
    return _response(given)


@sandbox_view()
def sdk(request: HttpRequest) -> HttpResponse:
    """`iamport.js`; with `?legacy` its callbacks have the shape of the 1.x scripts.

    One file for the page's policy, with the account's channels in it: where a window opens is decided in a click.
    """
    response = _file(SDK[0])
    parts = [(ASSETS / name).read_text(encoding="utf-8") for name in SDK]
    ways = json.dumps(account_of(request).channels.ways(), ensure_ascii=False)
    response.content = "\n".join([parts[0].replace(NO_CHANNELS, f"const CHANNELS = {ways};"), *parts[1:]])
    return response


@sandbox_view()
def asset(request: HttpRequest, name: str) -> HttpResponse:
    return _file(name)


def _as_sent(request: HttpRequest, path: str) -> str:
    """The path as the caller encoded it, where the server tells: `%2F` doesn't end an id."""
    prefix = quote(request.path.removesuffix(path)).rstrip("/")
    raw = urlsplit(request.META.get("RAW_URI", "")).path
    return raw[len(prefix) :] if raw.startswith(f"{prefix}/") else quote(path)


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


def _file(name: str) -> HttpResponse:
    file = ASSETS / name
    if file.parent != ASSETS or file.suffix not in TYPES or not file.is_file():
        raise Http404
    response = HttpResponse(file.read_bytes(), content_type=TYPES[file.suffix])
    response["Cache-Control"] = "no-cache"
    response["X-Content-Type-Options"] = "nosniff"
    return response
