"""What an `async` view awaits: the same methods, in the thread that has the database, and files as a stream."""

import threading
import warnings

import pytest
from asgiref.sync import async_to_sync
from django.http import JsonResponse
from django.test import AsyncClient
from django.urls import include, path

from django_iamport.admin import exports
from tests.shop.models import Order, OrderTransaction


async def checkout(request, pk):
    """An app's own endpoint of a shop under ASGI."""
    attempt = await OrderTransaction.objects.acreate_new(await Order.objects.aget(pk=pk))
    return JsonResponse(await attempt.arequest_pay(language="ko"))


async def validation(request, merchant_uid):
    attempt = await OrderTransaction.objects.apoll(merchant_uid)
    return JsonResponse({"status": attempt.status})


urlpatterns = [
    path("checkout/<int:pk>/", checkout),
    path("validation/<str:merchant_uid>/", validation),
    path("pay/", include("django_iamport.urls")),
]


def test_a_purchase_and_its_refund_in_async_views(settings, order, iamport_sandbox):
    settings.ROOT_URLCONF = __name__
    get = async_to_sync(AsyncClient().get)
    params = get(f"/checkout/{order.pk}/").json()
    assert (params["amount"], params["language"]) == (50_000, "ko")
    attempt = OrderTransaction.objects.get(merchant_uid=params["merchant_uid"])
    imp_uid = iamport_sandbox.pay(attempt)
    assert get(f"/validation/{attempt.merchant_uid}/").json() == {"status": "paid"}
    confirmed = async_to_sync(OrderTransaction.objects.aconfirm)(imp_uid=imp_uid, source="command")
    refund = async_to_sync(confirmed.acancel)(20_000, reason="one cup broke")
    assert (refund.status, confirmed.cancel_amount) == ("done", 20_000)


def test_it_runs_in_the_thread_of_the_database_and_asks_what_a_shop_overrode(order, monkeypatch):
    ran_in = []
    monkeypatch.setattr(
        type(OrderTransaction.objects),
        "create_new",
        lambda self, order, **named: ran_in.append((threading.get_ident(), named)),
    )
    async_to_sync(OrderTransaction.objects.acreate_new)(order, escrow=True)
    assert ran_in == [(threading.get_ident(), {"escrow": True})]


@pytest.mark.parametrize("lines", [0, 3, exports.LINES_AT_ONCE * 2 + 1])
def test_a_file_is_sent_while_it_is_read(lines):
    read = []

    def rows():
        for number in range(lines):
            read.append(number)
            yield [number]

    async def receive():
        return [(part, len(read)) async for part in exports.csv_response("orders", ["no"], rows())]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parts = async_to_sync(receive)()
    sent = b"".join(part for part, _read in parts).decode()
    assert sent.split() == ["\ufeffno", *map(str, range(lines))]
    # Nothing is read ahead of what was sent, but the lines of one part.
    ahead = [
        read_by_then - index * exports.LINES_AT_ONCE for index, (_part, read_by_then) in enumerate(parts)
    ]
    assert max(ahead) <= exports.LINES_AT_ONCE
