"""What `iamport.js` asks, in JSON."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from ..rules import Refusal
from ..rules.json_bodies import read_object
from ..rules.payments import callbacks

View = Callable[[HttpRequest], HttpResponseBase]


def values_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, empty where there is none."""
    try:
        return read_object(request.body)
    except ValueError:
        return {}


def answer_refused(refusal: Refusal, params: Mapping[str, Any], **at_redirect: str) -> JsonResponse:
    """Why no window opens, in the callback's own words, and where a phone goes with the same."""
    refused = callbacks.refused(refusal, params.get("merchant_uid"))
    url = callbacks.web_address(params.get("m_redirect_url"))
    if url is not None:
        said = {name: value for name, value in refused.items() if value is not None}
        url = callbacks.appended(url, {**said, **at_redirect})
    return JsonResponse({"refused": refused, "redirect_url": url})


def only_posted(view: View) -> View:
    """Another method is refused in JSON, too."""

    @wraps(view)
    def posted(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            refused = {"error_code": "F405", "error_msg": "use POST"}
            return JsonResponse(refused, status=405, headers={"Allow": "POST"})
        return view(request)

    return posted
