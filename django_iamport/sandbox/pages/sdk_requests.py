"""What `iamport.js` asks, in JSON."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from .. import origins
from ..decorators import FOREIGN
from ..rules import Account, Refusal
from ..rules.json_bodies import read_object
from ..rules.payments import callbacks
from ..rules.refusals import NO_MERCHANT, not_opened

Asked = dict[str, Any]


def _values_of(request: HttpRequest) -> Asked:
    """The JSON object in the body, empty where there is none."""
    try:
        return read_object(request.body)
    except ValueError:
        return {}


def require_merchant(account: Account, asked: Asked) -> None:
    if asked.get("merchant_code") != account.merchant.merchant_code:
        raise not_opened(NO_MERCHANT)


def answer_refused(refusal: Refusal, params: Mapping[str, Any], **at_redirect: str) -> JsonResponse:
    """Why no window opens, in the callback's own words, and where a phone goes with the same."""
    refused = callbacks.refused(refusal, params.get("merchant_uid"))
    url = callbacks.web_address(params.get("m_redirect_url"))
    if url is not None:
        said = {name: value for name, value in refused.items() if value is not None}
        url = callbacks.appended(url, {**said, **at_redirect})
    return JsonResponse({"refused": refused, "redirect_url": url})


def asked_by_sdk(
    view: Callable[[HttpRequest, Asked], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Gives the view what was asked, in which `params` is an object; what is no such request is refused in JSON.

    So is a page of another site that loaded `iamport.js`: what asks is a frame of the sandbox's own, which names
    the page that asked it.
    """

    @wraps(view)
    def asked(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            refused = {"error_code": "F405", "error_msg": "use POST"}
            return JsonResponse(refused, status=405, headers={"Allow": "POST"})
        values = _values_of(request)
        page = values.get("origin")
        if page is not None and not origins.is_at_home(request, str(page)):
            refused = callbacks.refused(not_opened(FOREIGN), None)
            return JsonResponse({"refused": refused, "redirect_url": None}, status=403)
        if not isinstance(values.get("params"), dict):
            return JsonResponse({"error_code": "F400", "error_msg": "malformed request"}, status=400)
        return view(request, values)

    return asked
