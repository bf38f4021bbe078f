"""What an error report says of a request to this package's pages: where it failed, and nobody's values.

Django mails reports to `ADMINS`, with the fields that were sent and the local variables of every call; customers'
accounts, telephones and one-time keys are among them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables


def without_values(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view, of which reports name files and lines alone; what it calls, hooks of a shop too, is the view."""

    @wraps(view)
    def hidden(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            _hide_rendering(response)
        return response

    return sensitive_post_parameters()(sensitive_variables()(hidden))


def _hide_rendering(response: SimpleTemplateResponse) -> None:
    """A page is rendered after its view was left, and its form holds what was sent."""

    def rendered(response: SimpleTemplateResponse) -> None:
        # Caches pickle it, from here on.
        response.__dict__.pop("render", None)

    response.__dict__["render"] = sensitive_variables()(response.render)
    response.add_post_render_callback(rendered)
