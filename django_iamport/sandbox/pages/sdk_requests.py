"""What `iamport.js` asks, in JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse

from ..rules.json_bodies import read_object

View = Callable[[HttpRequest], HttpResponseBase]


def values_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, empty where there is none."""
    try:
        return read_object(request.body)
    except ValueError:
        return {}


def only_posted(view: View) -> View:
    """Another method is refused in JSON, too."""

    @wraps(view)
    def posted(request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST":
            refused = {"error_code": "F405", "error_msg": "use POST"}
            return JsonResponse(refused, status=405, headers={"Allow": "POST"})
        return view(request)

    return posted
