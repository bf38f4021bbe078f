"""A script that uses the client, as mypy --strict sees it; never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from typing_extensions import assert_type

from django_iamport.client import Client, Declined, Found, OutcomeUnknown, Page, Payment, RateLimited
from django_iamport.client.parameters import PlannedPayment
from django_iamport.client.results import (
    BillingKey,
    Certification,
    ProductOrder,
    Receipt,
    Schedule,
    SuperBillingKey,
)

client = Client("key", "secret", tier="A01")


def look_up(imp_uid: str, moment: datetime) -> None:
    payment = client.payments.find(imp_uid, timeout=(3, 60), tier=None)
    assert_type(payment, Payment)
    assert_type(payment.amount, int | Decimal)
    assert_type(payment.paid_at, datetime | None)
    assert_type(payment.customer_uid_usage, str | None)
    assert_type([entry.amount for entry in payment.cancel_history], list[int | Decimal])
    assert_type(client.payments.find_all("m1"), tuple[Payment, ...])
    assert_type(client.payments.by_status("paid", from_=moment), Iterator[Payment])
    assert_type(client.payments.by_status_page("paid"), Page[Payment])
    assert_type(client.payments.find_many([imp_uid]), Found[Payment])
    assert_type(client.payments.find_many([imp_uid]).missing, tuple[str, ...])
    assert_type(client.receipts.find(imp_uid), Receipt)
    assert_type(client.certifications.find(imp_uid), Certification)
    assert_type(client.naver.place(imp_uid, product_order_id=["1"]), tuple[ProductOrder, ...])
    assert_type(client.billing_keys.find("c1"), BillingKey | SuperBillingKey)


def charge(moment: datetime) -> str:
    plan: PlannedPayment = {"merchant_uid": "m2", "schedule_at": moment, "amount": 1000, "name": "Tea"}
    assert_type(client.subscribe.schedule("c1", [plan]), tuple[Schedule, ...])
    try:
        payment = client.subscribe.again("c1", "m1", Decimal("9.90"), "Tea", currency="USD", buyer_name="Kim")
        assert_type(payment, Payment)
    except Declined as error:
        return error.gateway_message
    except OutcomeUnknown as error:
        return error.ids["merchant_uid"]
    except RateLimited as error:
        assert_type(error.retry_after, float | None)
    return ""


def mistakes(moment: datetime) -> None:
    client.payments.cancel("imp_1", amount="1000")  # type: ignore[arg-type]
    client.payments.cancel("imp_1", amount=9.9)  # type: ignore[arg-type]
    client.payments.cancel("imp_1", ammount=1000)  # type: ignore[call-arg]
    client.subscribe.again("c1", "m1", 1000)  # type: ignore[call-arg]
    client.subscribe.again("c1", "m1", 1000, "Tea", buyer_tell="010")  # type: ignore[call-arg]
    client.payments.by_status("paid", from_=1_700_000_000)  # type: ignore[arg-type]
    client.subscribe.schedule("c1", [{"merchant_uid": "m2"}])  # type: ignore[typeddict-item]
