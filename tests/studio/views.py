"""The studio's pages: one button for whichever kind of order."""

from __future__ import annotations

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import engines

from django_iamport.views import OrderCheckoutAjaxView, checkout_page
from tests.studio.models import RentalTransaction

PAGE = """{% load iamport %}
<button id="pay" type="button">Pay</button>
{% iamport_checkout order=order button="#pay" %}
"""


@checkout_page
def pay(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    order = get_object_or_404(apps.get_model("studio", kind), pk=pk)
    return HttpResponse(engines["django"].from_string(PAGE).render({"order": order}, request))


class RentalCheckout(OrderCheckoutAjaxView):
    """Of rentals alone."""

    transaction_model = RentalTransaction
