"""The addresses that others write down by hand, perhaps without the slash at their end."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import resolve

from .base import IamportView


class WithoutSlashView(IamportView):
    """Answers as the address with the slash does, whichever view a shop has put there.

    A redirect to it would lose the gateway's notice. For views alone that need no login; where they check the CSRF
    token, they do it themselves.
    """

    is_for_the_gateway = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = resolve(request.path_info + "/", getattr(request, "urlconf", None))
        request.resolver_match = found
        response: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        return response
