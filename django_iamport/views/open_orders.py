"""The orders that a visitor began to pay and hasn't paid."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest

from django_iamport import access
from django_iamport.models.order import ShopOrder
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.payments import attempts

# So many are looked at where a page is shown.
MOST = 5


def unpaid(request: HttpRequest, model: type[AbstractTransaction]) -> Iterator[tuple[str, ShopOrder]]:
    """Each with the one-time key that made it, the newest first; not those whose account waits for its deposit,
    which are as good as bought.
    """
    for key, order in access.begun_by_form(request, model.order_model())[:MOST]:
        if access.owns(request, order) and attempts.is_open(model, order):
            yield key, order
