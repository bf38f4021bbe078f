"""Whose verification is it: the user's who began it, or, a guest's, the session's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar, overload

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from django_iamport import access, conf
from django_iamport.records.rows import rows
from django_iamport.rules import merchant_uids

from .models import AbstractIdentityVerification, default_model

__all__ = ["verification_of"]

SESSION_KEY = "iamport_identities"
REMEMBERED = 10


Row = TypeVar("Row", bound=AbstractIdentityVerification)


@overload
def verification_of(
    request: HttpRequest, *, within: timedelta | None = None, model: type[Row]
) -> Row | None: ...
@overload
def verification_of(
    request: HttpRequest,
    *,
    within: timedelta | None = None,
    model: type[AbstractIdentityVerification] | None = None,
) -> AbstractIdentityVerification | None: ...
def verification_of(
    request: HttpRequest,
    *,
    within: timedelta | None = None,
    model: type[AbstractIdentityVerification] | None = None,
) -> AbstractIdentityVerification | None:
    """The visitor's last accepted verification, or None; with `within`, no older one counts.

    A guest's counts as long as nobody signs in: whoever does, in that browser, may be somebody else. `model`: the
    shop's, where several derive from ours, or to have it typed. Raises `ImproperlyConfigured` where it is missing.
    """
    found = rows(model or default_model()).filter(_of(request), status="certified", erased_at=None)
    if within is not None:
        found = found.filter(certified_at__gte=timezone.now() - within)
    return found.order_by("-certified_at", "-pk").first()


def begin(request: HttpRequest, model: type[AbstractIdentityVerification]) -> AbstractIdentityVerification:
    """A new verification of this visitor's."""
    user = _user(request)
    row = model(
        user=user, merchant_uid=merchant_uids.make(settings.SECRET_KEY, "identity", prefix=conf.prefix())
    )
    row.save()
    if user is None and access.is_by_session(request):
        request.session[SESSION_KEY] = [*_begun(request), row.merchant_uid][-REMEMBERED:]
    return row


def began(request: HttpRequest, row: AbstractIdentityVerification) -> bool:
    """Whether it is this visitor who began it."""
    user = _user(request)
    if row.user_id is not None:
        return user is not None and row.user_id == user.pk
    return user is None and row.merchant_uid in _begun(request)


def hand_of(row: AbstractIdentityVerification) -> str:
    """Whose hand it was, as the history says it."""
    return "customer" if row.user_id is None else f"customer:{row.user_id}"


def _of(request: HttpRequest) -> Q:
    user = _user(request)
    if user is not None:
        return Q(user=user)
    return Q(user=None, merchant_uid__in=_begun(request))


def _user(request: HttpRequest) -> Any:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return user if isinstance(user, get_user_model()) else None


def _begun(request: HttpRequest) -> list[str]:
    session = getattr(request, "session", None) if access.is_by_session(request) else None
    found = session.get(SESSION_KEY) if session is not None else None
    return found if isinstance(found, list) else []
