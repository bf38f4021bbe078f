"""The operator's view: deliveries on the order's page, their form, and the list of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.debug import sensitive_variables

from django_iamport.admin import OrderAdminMixin
from django_iamport.admin.exports import kst_moment
from django_iamport.admin.filters import AttentionFilter
from django_iamport.admin.overview.waiting import Waiting
from django_iamport.admin.pages import PagesMixin
from django_iamport.admin.permissions import UnchangedMixin
from django_iamport.admin.wording import reason_in_words, refusal_in_words, toned
from django_iamport.exceptions import IamportError, OutcomeUnknown
from django_iamport.models import AbstractTransaction
from django_iamport.records import kinds
from django_iamport.records.hands import operator

from . import deliveries, rules
from .deliveries import delivery_of, is_in_escrow, is_possible
from .exceptions import DeliveryIncomplete, DeliveryOpen, EscrowNotPossible
from .forms import DeliveryForm
from .models import Delivery
from .rules import DeliveryStatus, EscrowStatus

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

__all__ = ["DeliveryAdmin", "EscrowOrderAdminMixin"]

TONES = {
    DeliveryStatus.SENT.value: "waiting",
    DeliveryStatus.UNKNOWN.value: "bad",
    DeliveryStatus.REGISTERED.value: "good",
    DeliveryStatus.REFUSED.value: "bad",
}
ANSWER_TONES = {
    **{status.value: "good" for status in rules.CONFIRMED},
    EscrowStatus.SHIPPED.value: "waiting",
    EscrowStatus.REFUSED.value: "bad",
}


WORDS: dict[str, str | Promise] = {
    rules.NOT_FOUND: gettext_lazy("The gateway has no delivery for this payment."),
    rules.NOT_CHANGED: gettext_lazy("The delivery at the gateway is unchanged."),
    rules.NOT_TOLD: gettext_lazy(
        "The gateway does not say what became of it. Look into the payment provider’s console, and register it "
        "again if it is not there."
    ),
}


def delivery_badge(delivery: Delivery) -> SafeString:
    return toned(TONES.get(delivery.status, "over"), delivery.get_status_display())


def answer_badge(delivery: Delivery) -> SafeString | str:
    if not delivery.escrow_status:
        return pgettext("escrow", "no answer yet")
    return toned(ANSWER_TONES.get(delivery.escrow_status, "over"), delivery.get_escrow_status_display())


class EscrowOrderAdminMixin(OrderAdminMixin):
    """`class OrderAdmin(EscrowOrderAdminMixin, admin.ModelAdmin)`: an `OrderAdminMixin` with deliveries.

    Its page of details shows them, and leads whoever has `iamport_escrow.register_deliveries` to their form.
    """

    row_pages = (*OrderAdminMixin.row_pages, "delivery")

    def has_delivery_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Hook: who may register and change deliveries."""
        return bool(request.user.has_perm("iamport_escrow.register_deliveries"))

    def get_sections(
        self, request: HttpRequest, order: Any, attempts: Sequence[AbstractTransaction]
    ) -> Sequence[SafeString]:
        own = super().get_sections(request, order, attempts)
        in_escrow = [row for row in attempts if is_in_escrow(row)]
        if not in_escrow:
            return own
        known = Delivery.objects.in_bulk([row.merchant_uid for row in in_escrow], field_name="merchant_uid")
        may_register = self.has_delivery_permission(request, order)
        shown = [
            self._section(order, row, known.get(row.merchant_uid), may_register)
            for row in in_escrow
            if row.merchant_uid in known or is_possible(row)
        ]
        return [*own, *shown]

    def _section(
        self, order: Any, row: AbstractTransaction, delivery: Delivery | None, may_register: bool
    ) -> SafeString:
        return render_to_string(
            "admin/django_iamport/escrow_section.html",
            {
                "facts": [] if delivery is None else _facts(delivery),
                "is_registered": delivery is not None and delivery.is_registered,
                "form_url": self._form_url(order, row) if may_register and is_possible(row) else "",
            },
        )

    def _form_url(self, order: Any, row: AbstractTransaction) -> str:
        return f"{self.page_url('delivery', order)}?{urlencode({'merchant_uid': row.merchant_uid})}"

    @sensitive_variables()
    def delivery_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Register the delivery of one payment of the order, change it, or ask the gateway what is registered."""
        order = kinds.asked(self.get_row(request, object_id))
        if not self.has_delivery_permission(request, order):
            raise PermissionDenied
        row = order.transactions.filter(merchant_uid=request.GET.get("merchant_uid", "")).first()
        if row is None:
            raise Http404
        if not is_possible(row):
            return self._back(request, order, messages.ERROR, refusal_in_words(EscrowNotPossible()))
        if request.method == "POST" and "look_up" in request.POST:
            return self._look_up(request, order, row)
        form = DeliveryForm(row, request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            done = self._register(request, order, row, form)
            if done is not None:
                return done
        delivery = delivery_of(row)
        return self.show_page(
            request,
            "escrow_delivery",
            _("Escrow delivery"),
            order,
            form=form,
            facts=[] if delivery is None else _facts(delivery),
            is_registered=delivery is not None and delivery.is_registered,
            back_url=self.page_url("detail", order),
        )

    @sensitive_variables()
    def _register(
        self, request: HttpRequest, order: Any, row: AbstractTransaction, form: DeliveryForm
    ) -> HttpResponse | None:
        try:
            deliveries.register(row, **form.told(), by=operator(request.user), source="admin")
        except DeliveryIncomplete as error:
            form.add_missing(error.missing)
        except OutcomeUnknown as error:
            return self._back(request, order, messages.WARNING, refusal_in_words(error))
        except DeliveryOpen as error:
            # A second click; the first one shows what becomes of it.
            return self._back(request, order, messages.WARNING, refusal_in_words(error))
        except IamportError as error:
            form.add_error(None, refusal_in_words(error))
        else:
            return self._back(request, order, messages.SUCCESS, _("The delivery was registered."))
        return None

    def _look_up(self, request: HttpRequest, order: Any, row: AbstractTransaction) -> HttpResponse:
        try:
            found = deliveries.look_up(row, by=operator(request.user), source="admin")
        except IamportError as error:
            return self._back(request, order, messages.ERROR, refusal_in_words(error))
        if found is None or not found.is_registered:
            return self._back(
                request, order, messages.WARNING, _("The gateway has no delivery for this payment.")
            )
        return self._back(request, order, messages.SUCCESS, _("The delivery is as the gateway shows it."))

    def _back(self, request: HttpRequest, order: Any, level: int, text: str) -> HttpResponse:
        self.message_user(request, text, level)
        return HttpResponseRedirect(self.page_url("detail", order))


def _facts(delivery: Delivery) -> list[tuple[str, object]]:
    """What the order's page shows, each with its label; what isn't known is left out."""
    to = [delivery.receiver.get(name, "") for name in ("name", "tel", "postcode", "addr", "addr_detail")]
    found = [
        (pgettext("desk", "Status"), delivery_badge(delivery)),
        (_("Courier and tracking number"), f"{delivery.get_company_display()} {delivery.invoice}".strip()),
        (_("Shipped at"), f"{kst_moment(delivery.sent_at)} (KST)" if delivery.sent_at else ""),
        (pgettext("desk", "Recipient"), ", ".join(filter(None, to))),
        (_("Reason for failure"), refusal_of(delivery)),
        (_("Buyer’s answer"), answer_badge(delivery)),
        (_("Answered at"), f"{kst_moment(delivery.changed_at)} (KST)" if delivery.changed_at else ""),
        (_("Why it was refused"), delivery.denied_reason),
    ]
    return [(label, value) for label, value in found if value]


def refusal_of(delivery: Delivery) -> str:
    reason = WORDS.get(delivery.code) or reason_in_words(delivery.code)
    words = (str(reason), delivery.gateway_message) if delivery.code else ()
    return " ".join(filter(None, words))


class NeedsSomebodyFilter(AttentionFilter):
    words: ClassVar[Any] = {"any": gettext_lazy("refused, or outcome unknown")}

    def waiting(self, found: Any, word: str) -> Any:
        return found.needing_somebody()


@admin.register(Delivery)
class DeliveryAdmin(UnchangedMixin, PagesMixin, ModelAdmin):
    """All deliveries, to read; for whoever has Django's permission to view them."""

    list_display = (
        "merchant_uid",
        "shown_status",
        "shown_company",
        "invoice",
        "sent_at",
        "shown_answer",
        "created",
    )
    list_filter: ClassVar[Any] = (NeedsSomebodyFilter, "escrow_status", "status", "created")
    search_fields: ClassVar[Any] = ("merchant_uid__exact", "imp_uid__exact", "invoice__exact")
    ordering: ClassVar[Any] = ("-created",)
    sortable_by: ClassVar[Any] = ("created",)
    actions = None
    fields: ClassVar[Any] = (
        *("merchant_uid", "imp_uid", "shown_status", "shown_company", "invoice", "sent_at", "applied_at"),
        *("shown_receiver", "shown_refusal", "shown_answer", "changed_at", "denied_reason", "created"),
    )
    readonly_fields: ClassVar[Any] = fields

    def what_waits(self, request: HttpRequest) -> list[tuple[Waiting, str]]:
        """For the overview: how many need somebody, with the address of their list."""
        rows: Any = self.get_queryset(request)
        found = rows.needing_somebody().order_by()
        told = found.aggregate(count=Count("pk"), since=Min("modified"))
        if not told["count"]:
            return []
        words = _("escrow deliveries that were refused, or whose outcome is unknown")
        waiting = Waiting(name="deliveries", text=words, amounts=[], is_pressing=True, **told)
        return [(waiting, f"{self.page_url('changelist')}?attention=any")]

    @admin.display(description=pgettext_lazy("column", "status"))
    def shown_status(self, delivery: Delivery) -> SafeString:
        return delivery_badge(delivery)

    @admin.display(description=pgettext_lazy("column", "courier"))
    def shown_company(self, delivery: Delivery) -> str:
        return delivery.get_company_display() or "–"

    @admin.display(description=gettext_lazy("buyer’s answer"))
    def shown_answer(self, delivery: Delivery) -> SafeString | str:
        return answer_badge(delivery)

    @admin.display(description=pgettext_lazy("column", "recipient"))
    def shown_receiver(self, delivery: Delivery) -> str:
        names = ("name", "tel", "postcode", "addr", "addr_detail")
        return ", ".join(filter(None, (delivery.receiver.get(name, "") for name in names))) or "–"

    @admin.display(description=gettext_lazy("reason for failure"))
    def shown_refusal(self, delivery: Delivery) -> str:
        return refusal_of(delivery) or "–"
