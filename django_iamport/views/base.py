"""What all views share: marks that survive a shop's own `dispatch`, bodies in, answers out, whose order it is."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar, ParamSpec, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.log import log_response
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.generic import View

from django_iamport import access
from django_iamport.access import AccessMixin
from django_iamport.exceptions import (
    AttemptNotFound,
    Forbidden,
    FormInvalid,
    GatewayError,
    IamportError,
    MalformedRequest,
    MethodNotAllowed,
    NotAuthenticated,
    ReceiverFailed,
    TooManyRequests,
)
from django_iamport.gateway import budgets
from django_iamport.managers import TransactionManager
from django_iamport.models.order import ShopOrder
from django_iamport.models.registry import (
    default_transaction_model,
    find_order,
    named,
    transaction_model_of,
)
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.rules.status import SETTLED
from django_iamport.signals.monitoring import log

from . import authentication, bodies, sessions, visitors
from .error_reports import without_values

# Window companies report to their opener, which Django's default policy would cut off.
OPENER_POLICY = "same-origin-allow-popups"
IMP_UID = re.compile(r"[A-Za-z0-9_\-]{1,50}")

Params = ParamSpec("Params")
Response = TypeVar("Response", bound=HttpResponseBase)


def checkout_page(view: Callable[Params, Response]) -> Callable[Params, Response]:
    """Decorator for a shop's own page that holds `{% iamport_checkout %}`."""

    @functools.wraps(view)
    def with_policy(*args: Params.args, **kwargs: Params.kwargs) -> Response:
        response = view(*args, **kwargs)
        response.headers["Cross-Origin-Opener-Policy"] = OPENER_POLICY
        return response

    return with_policy


def with_storable_session(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view; what its template, too, leaves in the session can be stored."""

    @functools.wraps(view)
    def stored(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.add_post_render_callback(lambda rendered: sessions.make_storable(request))
        else:
            sessions.make_storable(request)
        return response

    return stored


def outside_transactions(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view with no transaction around it, whichever database a shop makes one of each request in."""
    for alias in connections:
        view = transaction.non_atomic_requests(alias)(view)
    return view


class CheckoutPageMixin(View):
    """The same for a class-based page."""

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        return checkout_page(super().as_view(**initkwargs))


class IamportView(AccessMixin):
    """A view that may ask the gateway, and knows whose order it is."""

    transaction_model: type[AbstractTransaction] | None = None
    is_for_the_gateway: ClassVar[bool] = False
    is_without_login: ClassVar[bool] = False
    answers_json: ClassVar[bool] = False
    # Where another framework's view around it knows who asks.
    is_recognised_elsewhere: ClassVar[bool] = False

    # Set here, not on dispatch: a shop that overrides dispatch keeps them.
    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        view: Callable[..., HttpResponseBase] = super().as_view(**initkwargs)
        if not cls.is_for_the_gateway and not cls.is_recognised_elsewhere:
            view = authentication.recognising(
                view,
                lambda: cls(**initkwargs),
                authentication.csrf_or_error if cls.answers_json else csrf_protect,
                behind_login_walls=cls.answers_json and not cls.is_without_login,
            )
        view = cls.answering(view, initkwargs)
        if cls.is_for_the_gateway or cls.is_without_login or cls.answers_json:
            view = login_not_required(view)
        # The middleware would check too early: it doesn't know yet who asks.
        return without_values(outside_transactions(csrf_exempt(with_storable_session(view))))

    @classmethod
    def answering(
        cls, view: Callable[..., HttpResponseBase], initkwargs: Mapping[str, Any]
    ) -> Callable[..., HttpResponseBase]:
        """The view, with an answer also where it isn't entered; not a hook."""

        @functools.wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except NotAuthenticated as error:
                raise PermissionDenied(str(error)) from error

        return answered

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            bodies.require_utf8(request)
        except MalformedRequest as error:
            raise BadRequest(str(error)) from error
        return super().dispatch(request, *args, **kwargs)

    def recognise(self, request: HttpRequest) -> None:
        if self.is_for_the_gateway:
            return
        try:
            super().recognise(request)
        except NotAuthenticated:
            if not self.is_without_login:
                raise
            # Whoever it is, the address he came by is his permission.
            access.recognise(request, None)

    def require_budget(self, attempt: AbstractTransaction | None = None) -> None:
        """Called before the gateway is asked or an order is made; raises `TooManyRequests` where that was done too
        often from the visitor's address, or for `attempt`.

        What `confirm()`, `poll()` and `create_new()` count by themselves isn't counted here.
        """
        address = visitors.address_of(self.request)
        if address is not None:
            budgets.take(budgets.ADDRESS, address)
        if attempt is not None:
            budgets.take(budgets.ATTEMPT, attempt.merchant_uid)

    def require_budget_to_ask(self, attempt: AbstractTransaction, imp_uid: str) -> None:
        """The same before a claim; what is stored of a settled attempt, and its own payment, costs nothing."""
        if attempt.status not in SETTLED or imp_uid not in ("", attempt.imp_uid):
            self.require_budget()

    def get_transaction_model(self) -> type[AbstractTransaction]:
        return self.transaction_model or default_transaction_model()

    def get_manager(self) -> TransactionManager[AbstractTransaction]:
        return TransactionManager.for_model(self.get_transaction_model())

    def manager_of(self, order: ShopOrder) -> TransactionManager[AbstractTransaction]:
        """Of the transactions that pay that kind of order, be it the view's own or another one."""
        model = transaction_model_of(type(order))
        is_own = model is self.get_transaction_model()
        return self.get_manager() if is_own else TransactionManager.for_model(model)

    def get_order(self, order_id: Any) -> ShopOrder:
        """The order of that name (`shop.order:17`), if the caller may pay it; raises `AttemptNotFound` otherwise.

        A key alone is one of the view's own kind. A view whose `transaction_model` is set finds no other kind.
        """
        own = self.get_transaction_model()
        kind, key = named(order_id) if isinstance(order_id, str) else (None, order_id)
        is_of_one_kind = self.transaction_model is not None or own is not default_transaction_model()
        order = None
        if kind is None or kind is own or not is_of_one_kind:
            order = find_order(kind or own, key)
        if order is None or not self.may_pay(order):
            raise AttemptNotFound("No such order, or none that the caller may pay.")
        return order


class JsonView(IamportView):
    """JSON or a form in, JSON out; every error of the family becomes an answer with its code."""

    http_method_names = ["post", "options"]
    max_body = 100_000
    answers_json = True

    @classmethod
    def answering(
        cls, view: Callable[..., HttpResponseBase], initkwargs: Mapping[str, Any]
    ) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001 - answered, or raised again
                # Before the view was entered, or in what a shop's own dispatch does around it.
                outside = cls(**initkwargs)
                outside.request = request
                return outside.answer_exception(error)

        return answered

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            bodies.require_utf8(request)
            is_read = request.method == "POST"
            self.data = bodies.read_fields(request, most_bytes=self.max_body) if is_read else {}
            response = super().dispatch(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - answered, or raised again
            return self.answer_exception(error)
        response.headers["Cache-Control"] = "no-store"
        return response

    def answer_exception(self, error: Exception) -> HttpResponse:
        """The answer to whatever was raised; with DEBUG, a failure of the shop's code is raised again."""
        known = _as_error(error)
        if known is not None:
            response = self.answer_error(known)
        elif settings.DEBUG or settings.DEBUG_PROPAGATE_EXCEPTIONS:
            raise error
        else:
            response = self.answer_failure(error)
        response.headers["Cache-Control"] = "no-store"
        if isinstance(known, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(name.upper() for name in self.http_method_names)
        if isinstance(known, NotAuthenticated):
            response.headers["WWW-Authenticate"] = "Bearer"
        return response

    # `Any`: a request of Django REST framework has a class of its own, with which no other annotation agrees.
    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        raise MethodNotAllowed(f"{request.method} is not answered here.")

    def text(self, name: str) -> str:
        """A field as text, empty where it is missing; raises `MalformedRequest` for anything but text."""
        value = self.data.get(name)
        if value is None:
            return ""
        if isinstance(value, (bool, Decimal)):
            raise MalformedRequest(f"{name} is not text.")
        return bodies.as_text(name, value)

    def truth(self, name: str, *, missing: bool) -> bool:
        """A field that says yes or no; raises `MalformedRequest` for anything else."""
        value = self.data.get(name)
        if value is None:
            return missing
        if isinstance(value, bool):
            return value
        if value not in ("true", "false"):
            raise MalformedRequest(f"{name} is not true or false.")
        return bool(value == "true")

    def imp_uid(self) -> str:
        imp_uid = self.text("imp_uid")
        if imp_uid and not IMP_UID.fullmatch(imp_uid):
            raise MalformedRequest("imp_uid does not have the form of the gateway's ids.")
        return imp_uid

    def answer_failure(self, error: Exception) -> HttpResponse:
        """Of the shop's code, in a hook: told in JSON, and reported as Django reports any page that failed."""
        got_request_exception.send(type(self), request=self.request)
        response = self.answer_error(ReceiverFailed(f"{type(error).__name__} in {type(self).__name__}"))
        log_response(
            "Failed: %s", self.request.path, response=response, request=self.request, exception=error
        )
        return response

    def describe(self, error: IamportError) -> dict[str, object]:
        return described(error)

    def answer_error(self, error: IamportError) -> HttpResponse:
        if error.http_status >= 500:
            log("request_failed", reason=error.code, detail=f"{error}{_advice(error)}", **_ids(error))
        response = JsonResponse({"error": self.describe(error)}, status=error.http_status)
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after)
        return response


def _advice(error: IamportError) -> str:
    """What whoever reads the log does about it, where something else than the shop's code is the cause."""
    return "; `manage.py iamport_check` looks for the cause" if isinstance(error, GatewayError) else ""


def _ids(error: IamportError) -> dict[str, Any]:
    """Of the payment that the gateway was asked about."""
    known: dict[str, str] = getattr(error, "ids", {})
    return {name: known[name] for name in ("merchant_uid", "imp_uid") if name in known}


def described(error: IamportError) -> dict[str, object]:
    """An error as it is answered; to a developer with DEBUG, what the log would say, too."""
    described: dict[str, object] = {"code": error.code, "message": str(error.message)}
    if settings.DEBUG:
        described["detail"] = str(error)
    if isinstance(error, FormInvalid):
        described["fields"] = error.fields
    return described


def _as_error(error: Exception) -> IamportError | None:
    """An error of the family; Django's own, which a shop's hooks may raise, as the one that says the same."""
    if isinstance(error, IamportError):
        return error
    if isinstance(error, Http404):
        return AttemptNotFound(str(error))
    if isinstance(error, PermissionDenied):
        return Forbidden(str(error))
    if isinstance(error, SuspiciousOperation):
        logging.getLogger(f"django.security.{type(error).__name__}").error(str(error))
    return MalformedRequest(str(error)) if isinstance(error, (BadRequest, SuspiciousOperation)) else None
