"""The page with the button, what opens the window, what its end is brought to, and a phone's way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from django_iamport import conf
from django_iamport.exceptions import IamportError, MalformedRequest
from django_iamport.gateway import budgets
from django_iamport.payments import request_pay
from django_iamport.records.history import Origin
from django_iamport.records.rows import find_exactly, rows
from django_iamport.signals.monitoring import log
from django_iamport.views import CheckoutPageMixin, IamportView, hosts
from django_iamport.views.base import IMP_UID, JsonView

from . import access, verification
from .exceptions import IdentityNotCertified, IdentityNotFound, IdentityRefused, IdentityRequired
from .models import AbstractIdentityVerification, default_model

__all__ = [
    "IdentityBeginView",
    "IdentityDemandMixin",
    "IdentityPageView",
    "IdentityRedirectView",
    "IdentityValidationView",
]

SALT = "django_iamport.identity.redirect"
NAMESPACE = "iamport_identity_verification"


class IdentityView(IamportView):
    """What the views share: the shop's model, and the channel that the window is opened for."""

    model: ClassVar[type[AbstractIdentityVerification] | None] = None
    # One of IAMPORT_CHANNELS; where it isn't there, the gateway takes the account's first for verifications.
    channel_name = "identity"

    def get_model(self) -> type[AbstractIdentityVerification]:
        return self.model or default_model()

    def find(self, merchant_uid: str) -> AbstractIdentityVerification | None:
        return find_exactly(rows(self.get_model()), merchant_uid=merchant_uid)

    def accept(
        self, row: AbstractIdentityVerification, imp_uid: str, source: str
    ) -> AbstractIdentityVerification:
        """Look up what is claimed of the visitor's own verification; raises what `verification.accept` raises,
        and `IdentityRefused` where the shop doesn't want the person."""
        if row.status == "ready":
            self.require_budget()
            budgets.take(budgets.ATTEMPT, row.merchant_uid)
        origin = Origin(source, access.hand_of(row))
        row = verification.accept(row, imp_uid, origin=origin, channel_name=self.channel_name)
        if row.status == "rejected":
            raise IdentityRefused(row.reject_reason)
        return row

    def text_of(self, error: IamportError) -> str:
        """What the visitor reads of an error."""
        if isinstance(error, IdentityRefused):
            text = self.get_model().REJECT_REASONS.get(error.reason)
            return str(error.message if text is None else text)
        return str(error.message)


class IdentityPageView(CheckoutPageMixin, IdentityView):
    """A page with a button that opens the window; `next` in its address is where the visitor goes on to."""

    http_method_names = ["get", "head", "options"]
    template_name = "iamport_identity_verification/page.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = TemplateResponse(request, self.template_name, self.get_context_data(**kwargs))
        response.headers["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "view": self,
            "next": safe_next(self.request, self.request.GET.get("next", "")),
            "verification": access.verification_of(self.request, model=self.get_model()),
            **kwargs,
        }


class IdentityJsonView(JsonView, IdentityView):
    def require(self, merchant_uid: str) -> AbstractIdentityVerification:
        """The caller's own verification; raises `IdentityNotFound`, and `IdentityRefused` for a refused one."""
        row = self.find(merchant_uid)
        if row is None or not access.began(self.request, row):
            raise IdentityNotFound("No such verification, or none that the caller began.")
        if row.status == "rejected":
            raise IdentityRefused(row.reject_reason)
        return row

    def describe(self, error: IamportError) -> dict[str, object]:
        return {**super().describe(error), "message": self.text_of(error)}


class IdentityBeginView(IdentityJsonView):
    """Begins a verification: takes `next`, answers `merchant_uid` and what `IMP.certification` is given."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        address = self.text("next")
        if address and not safe_next(request, address):
            raise MalformedRequest("next is not an address of this shop.")
        self.require_budget()
        if request.user.is_authenticated:
            budgets.take(budgets.ORDER, f"identity of {request.user.pk}")
        row = access.begin(request, self.get_model())
        params = self.get_parameters(row, address)
        return JsonResponse({"merchant_uid": row.merchant_uid, "certification": params})

    def get_parameters(self, row: AbstractIdentityVerification, address: str) -> dict[str, Any]:
        state = signing.Signer(salt=SALT).sign_object([row.merchant_uid, address])
        redirect = request_pay.absolute(reverse(f"{NAMESPACE}:redirect"))
        channel = conf.channels().get(self.channel_name, {})
        params = {
            **{name: channel[name] for name in ("channelKey", "pg") if name in channel},
            **self.get_window_parameters(row),
            "merchant_uid": row.merchant_uid,
            "m_redirect_url": f"{redirect}?{urlencode({'attempt': state})}",
        }
        return hosts.remembering(params, self.request, f"{NAMESPACE}:redirect")

    def get_window_parameters(self, row: AbstractIdentityVerification) -> dict[str, Any]:
        """Hook: further parameters of `IMP.certification`, such as `min_age`, `company`, `popup`.

        The page is the customer's: nothing here is proof. What must hold is asked in `identity_verified`.
        """
        return {}


class IdentityValidationView(IdentityJsonView):
    """What the page brings when the window has ended: `merchant_uid`, and the `imp_uid` that it was told.

    Without `imp_uid` it asks how its verification stands, which another browser may have ended. Answers `status`:
    `certified`, or `ready` as long as the gateway knows of no success.
    """

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        row, imp_uid = self.require(self.text("merchant_uid")), self.imp_uid()
        try:
            if imp_uid or row.claimed_imp_uid:
                row = self.accept(row, imp_uid or row.claimed_imp_uid, "browser")
        except IdentityNotCertified:
            # A window that was closed is nothing unusual.
            pass
        return JsonResponse({"status": row.status, "merchant_uid": row.merchant_uid})


class IdentityRedirectView(IdentityView):
    """Where a phone's browser comes back to; perhaps another browser than the verification began in.

    The signature names one verification, and permits no more than to say that it has ended: only in the browser
    of whoever began it is anything looked up and stored.
    """

    http_method_names = ["get", "head", "options"]
    is_without_login = True
    template_name = "iamport_identity_verification/state.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        merchant_uid, address = self.unsigned(request.GET.get("attempt", ""))
        row = self.find(merchant_uid)
        if row is None:
            raise Http404
        imp_uid = request.GET.get("imp_uid", "")
        response = self.answer(row, imp_uid if IMP_UID.fullmatch(imp_uid) else "", address)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    def answer(self, row: AbstractIdentityVerification, imp_uid: str, address: str) -> HttpResponseBase:
        if access.began(self.request, row):
            return self.finish(row, imp_uid, address)
        elsewhere = hosts.address_on_own_host(self.request)
        if elsewhere:
            return HttpResponseRedirect(elsewhere)
        if imp_uid:
            # The browser that it began in is told nothing by the window: it finds the claim here.
            verification.claim(row, imp_uid)
        return self.render({"message": "", "is_elsewhere": True})

    def finish(self, row: AbstractIdentityVerification, imp_uid: str, address: str) -> HttpResponseBase:
        try:
            if imp_uid:
                row = self.accept(row, imp_uid, "redirect")
        except IamportError as error:
            log("return_not_confirmed", merchant_uid=row.merchant_uid, imp_uid=imp_uid, reason=error.code)
            return self.render({"message": self.text_of(error), "next": address})
        if row.is_certified:
            return HttpResponseRedirect(address or reverse(f"{NAMESPACE}:page"))
        return self.render({"message": "", "next": address})

    def render(self, context: dict[str, Any]) -> HttpResponseBase:
        return TemplateResponse(self.request, self.template_name, {"view": self, **context})

    def unsigned(self, state: str) -> tuple[str, str]:
        try:
            merchant_uid, address = signing.Signer(salt=SALT).unsign_object(state)
        except (signing.BadSignature, ValueError) as error:
            raise Http404 from error
        return merchant_uid, address


class IdentityDemandMixin(IamportView):
    """Before the view that shows an order's form, and the one that makes the order: who buys is known first.

    The page sends to the page of the verification, and the visitor comes back from there; the other one raises
    `IdentityRequired`. What must hold whatever way an order is paid belongs into its `accepts_payment`, too.
    """

    identity_model: ClassVar[type[AbstractIdentityVerification] | None] = None
    # How old a verification may be; None: any.
    identity_within: ClassVar[timedelta | None] = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(self, JsonView) or not self.lacks_identity():
            return super().dispatch(request, *args, **kwargs)
        query = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse(f'{NAMESPACE}:page')}?{query}")

    def needs_identity(self) -> bool:
        """Hook: whether what is ordered needs a verification."""
        return True

    def accepts_identity(self, found: AbstractIdentityVerification) -> bool:
        """Hook: whether a verification of the visitor's will do. By default an adult's: `is_adult`."""
        return bool(found.is_adult)

    def get_identity(self) -> Any:
        """The visitor's verification, if it will do; else None."""
        found = access.verification_of(self.request, within=self.identity_within, model=self.identity_model)
        return found if found is not None and self.accepts_identity(found) else None

    def lacks_identity(self) -> bool:
        return self.needs_identity() and self.get_identity() is None

    def create_order(self, key: str) -> Any:
        self.require_identity()
        return super().create_order(key)  # type: ignore[misc]

    def require_identity(self) -> None:
        """Raises `IdentityRequired` where the visitor's verification is missing, or won't do."""
        if self.lacks_identity():
            raise IdentityRequired("The visitor has no verification that will do.")


def safe_next(request: HttpRequest, address: str) -> str:
    """The address, if it is one of this shop's; otherwise an empty text."""
    is_safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_safe else ""
