"""`path("pay/", include(with_order_form(YourMixin)))`; a shop's own subclasses go before `urlpatterns`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.urls import URLPattern, URLResolver, path

from django_iamport import views
from django_iamport.access import AccessMixin
from django_iamport.views.base import outside_transactions
from django_iamport.views.spelling import WithoutSlashView

__all__ = ["app_name", "non_atomic", "urlpatterns", "with_access", "with_order_form"]

app_name = "iamport"

Urls = TypeVar("Urls", bound="Sequence[Any]")

urlpatterns = [
    path("order/create/", views.OrderCreateView.as_view(), name="order_create"),
    path("order/create_ajax/", views.OrderCreateAjaxView.as_view(), name="order_create_ajax"),
    path("order/checkout/", views.OrderCheckoutAjaxView.as_view(), name="order_checkout"),
    path("order/cancel/", views.OrderCancelView.as_view(), name="order_cancel"),
    path("order/validation/", views.OrderImpAjaxView.as_view(), name="order_validation"),
    path("order/complete/<str:merchant_uid>/", views.OrderCompleteView.as_view(), name="order_complete"),
    path("refund_account/<str:link>/", views.RefundAccountView.as_view(), name="refund_account"),
    path("redirect/", views.RedirectView.as_view(), name="redirect"),
    path("webhook/", views.WebhookView.as_view(), name="webhook"),
    path("confirm/", views.ConfirmView.as_view(), name="confirm"),
    *(path(name, WithoutSlashView.as_view()) for name in ("redirect", "webhook", "confirm")),
]


def with_order_form(
    order_form: type[views.OrderFormMixin], *, access: type[AccessMixin] | None = None
) -> tuple[list[URLPattern], str]:
    """All addresses, for `include()`; the order's page and the view that makes the order have this form and cart.

    `access` says for all of them who asks and what he may, as in `with_access`. A shop that changes more of these
    two views writes the subclasses itself: docs/views.md.
    """
    page: Any = type("OrderCreate", (order_form, views.OrderCreateView), {})
    ajax: Any = type("OrderCreateAjax", (order_form, views.OrderCreateAjaxView), {})
    own = [
        path("order/create/", page.as_view(), name="order_create"),
        path("order/create_ajax/", ajax.as_view(), name="order_create_ajax"),
        *urlpatterns,
    ]
    return (own, app_name) if access is None else (_each_with(access, own), app_name)


def with_access(access: type[AccessMixin]) -> tuple[list[URLPattern], str]:
    """All addresses, for `include()`; who asks, and what he may, is what `access` says."""
    return _each_with(access, urlpatterns), app_name


def _each_with(access: type[AccessMixin], patterns: Sequence[URLPattern]) -> list[URLPattern]:
    made = []
    for pattern in patterns:
        base: Any = getattr(pattern.callback, "view_class")  # noqa: B009 - Django sets it on a function
        view: Any = type(base.__name__, (access, base), {})
        made.append(path(str(pattern.pattern), view.as_view(), name=pattern.name))
    return made


def non_atomic(urls: Urls) -> Urls:
    """What `include()` or `path()` takes, its requests without the transaction that `ATOMIC_REQUESTS` makes.

    For views of a shop's own that ask the gateway: a router of Django REST framework, an API of Django Ninja.
    """
    patterns: Any = urls[0] if isinstance(urls, tuple) else urls
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            non_atomic(pattern.url_patterns)
        else:
            pattern.callback = outside_transactions(_as_function(pattern.callback))
    return urls


def _as_function(view: Callable[..., Any]) -> Callable[..., Any]:
    """What can bear a mark: a method can't."""
    if inspect.isfunction(view):
        return view

    @functools.wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return markcoroutinefunction(answered) if iscoroutinefunction(view) else answered
