"""Who asks, before a view is entered: by a session, whose cookie any page makes a browser send, or by a token."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import decorator_from_middleware
from django.utils.module_loading import import_string

from django_iamport import access
from django_iamport.exceptions import CsrfFailed, NotAuthenticated

logger = logging.getLogger("django.security.csrf")

View: TypeAlias = Callable[..., HttpResponseBase]


class Recognises(Protocol):
    def recognise(self, request: HttpRequest) -> None: ...


class _CsrfOrError(CsrfViewMiddleware):
    """Django's check, whose refusal is an error of ours instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseBase:
        logger.warning("Forbidden (%s): %s", reason, request.path, extra={"request": request})
        raise CsrfFailed(reason)


csrf_or_error = decorator_from_middleware(_CsrfOrError)


def recognising(
    view: View, make: Callable[[], Recognises], protect: Callable[[View], View], *, behind_login_walls: bool
) -> View:
    """The view, entered once it is known who asks; `protect` checks CSRF, and only where the session says it.

    Asked of an object of its own (`make`), so that a shop's `dispatch` runs after the check. Raises what
    `get_user` raises, and `NotAuthenticated` at a login wall, where `behind_login_walls`.
    """
    protected = protect(view)

    @functools.wraps(view)
    def recognised(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        make().recognise(request)
        if behind_login_walls and _has_login_wall(tuple(settings.MIDDLEWARE)) and not _is_known(request):
            raise NotAuthenticated("This project lets in nobody without a login.")
        entered = protected if access.is_by_session(request) else view
        return entered(request, *args, **kwargs)

    return recognised


def _is_known(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


@functools.lru_cache
def _has_login_wall(middleware: tuple[str, ...]) -> bool:
    """Whether the project has Django's `LoginRequiredMiddleware`, which knows sessions alone."""
    found = (import_string(path) for path in middleware)
    return any(isinstance(each, type) and issubclass(each, LoginRequiredMiddleware) for each in found)
