"""Ways to take a payment on the server, each in a process of its own: `python benchmarks/flows.py NAME`.

Standard input brings lines of JSON, `{"prepare": merchant_uid}` and `{"verify": [merchant_uid, imp_uid]}`; it
answers the seconds that each took, those of the processor and of commits among them, the queries, and under which
`merchant_uid` the payment is.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

AMOUNT = 1_000
URL, KEY, SECRET = (os.environ[f"IAMPORT_{name}"] for name in ("API_URL", "KEY", "SECRET"))


class OurClient:
    """The package's client alone."""

    def __init__(self) -> None:
        from django_iamport.client import Client

        self.client = Client(KEY, SECRET, base_url=URL)

    def prepare(self, merchant_uid: str) -> str:
        self.client.prepare.create(merchant_uid, AMOUNT)
        return merchant_uid

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        payment = self.client.payments.find(imp_uid)
        return (payment.status, payment.amount, payment.merchant_uid) == ("paid", AMOUNT, merchant_uid)


class Ours:
    """The package with everything that it stores."""

    def __init__(self) -> None:
        import django

        django.setup()
        from benchmarks.shop.models import Order, OrderTransaction

        self.orders, self.transactions = Order._default_manager, OrderTransaction.objects
        self.begin()

    def begin(self) -> None:
        self.order = self.orders.create(name="Tea", amount=AMOUNT)

    def prepare(self, merchant_uid: str) -> str:
        return self.transactions.create_new(self.order).merchant_uid

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        found = self.transactions.confirm(merchant_uid=merchant_uid, imp_uid=imp_uid, source="browser")
        return bool(found.status == "paid")


class Tutorial:
    """What the tutorial's functions do: a token for each call, each call a connection of its own."""

    def _token(self) -> dict[str, str]:
        import requests

        account = {"imp_key": KEY, "imp_secret": SECRET}
        answer = requests.post(f"{URL}/users/getToken", data=account, timeout=10)
        return {"Authorization": answer.json()["response"]["access_token"]}

    def prepare(self, merchant_uid: str) -> str:
        import requests

        body = {"merchant_uid": merchant_uid, "amount": AMOUNT}
        answer = requests.post(f"{URL}/payments/prepare", data=body, headers=self._token(), timeout=10)
        answer.raise_for_status()
        return merchant_uid

    def find(self, merchant_uid: str) -> dict[str, Any]:
        import requests

        answer = requests.get(f"{URL}/payments/find/{merchant_uid}", headers=self._token(), timeout=10)
        payment: dict[str, Any] = answer.json()["response"]
        return payment

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        payment = self.find(merchant_uid)
        return (payment["status"], payment["amount"]) == ("paid", AMOUNT)


class StoredTutorial(Tutorial):
    """The tutorial's flow with its rows: the payment is looked up once its id was saved."""

    def __init__(self) -> None:
        import django

        django.setup()
        from benchmarks.shop.models import TutorialOrder, TutorialTransaction

        self.orders = TutorialOrder._default_manager
        self.transactions = TutorialTransaction._default_manager
        self.begin()

    def begin(self) -> None:
        self.order = self.orders.create(email="buyer@shop.example")

    def prepare(self, merchant_uid: str) -> str:
        super().prepare(merchant_uid)
        self.transactions.create(order=self.order, merchant_order_id=merchant_uid, amount=AMOUNT)
        return merchant_uid

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        order = self.orders.get(pk=self.order.pk)
        row = self.transactions.get(order=order, merchant_order_id=merchant_uid, amount=AMOUNT)
        row.transaction_id, row.transaction_status = imp_uid, "paid"
        row.save()
        is_paid = super().verify(merchant_uid, imp_uid)
        found = {"merchant_order_id": merchant_uid, "transaction_id": imp_uid, "amount": AMOUNT}
        order.paid = is_paid and self.transactions.filter(**found).exists()
        order.save()
        return bool(order.paid)


class IamportRestClient:
    """`iamport-rest-client`, with one object for all purchases."""

    def __init__(self) -> None:
        from iamport import Iamport  # type: ignore[import-not-found]

        self.iamport = Iamport(KEY, SECRET, f"{URL}/")

    def prepare(self, merchant_uid: str) -> str:
        self.iamport.prepare(merchant_uid, AMOUNT)
        return merchant_uid

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        return bool(self.iamport.is_paid(AMOUNT, imp_uid=imp_uid))


class DjangoIamport:
    """`django-iamport`, as its views use it: a token for each page."""

    def __init__(self) -> None:
        from django.conf import settings

        settings.configure(PAYMENT_REST_KEY=KEY, PAYMENT_REST_SECRET=SECRET)
        from payment import iamport_rest  # type: ignore[import-not-found]

        iamport_rest.IAMPORT_API_ENDPOINT = URL
        self.new = iamport_rest.IamportRest

    def prepare(self, merchant_uid: str) -> str:
        iamport = self.new()
        if not (iamport.auth() and iamport.prepare(merchant_uid, AMOUNT)):
            raise RuntimeError("not prepared")
        return merchant_uid

    def verify(self, merchant_uid: str, imp_uid: str) -> bool:
        iamport = self.new()
        iamport.auth()
        payment = iamport.payment(imp_uid)
        return bool(payment["status"] == "paid" and payment["amount"] == AMOUNT)


FLOWS = {
    flow.__name__: flow
    for flow in (OurClient, Ours, Tutorial, StoredTutorial, IamportRestClient, DjangoIamport)
}


class Meter:
    """Counts the queries of a process, and measures its commits."""

    def __init__(self) -> None:
        self.queries, self.commits = 0, 0.0

    def watch(self) -> None:
        from django.db import connection

        database: Any = connection
        database.execute_wrappers.append(self.count)
        commit = database._commit

        def timed() -> None:
            began = time.perf_counter()
            commit()
            self.commits += time.perf_counter() - began

        database._commit = timed

    def count(self, execute: Any, *args: Any) -> Any:
        self.queries += 1
        return execute(*args)


def main() -> None:
    flow: Any = FLOWS[sys.argv[1]]()
    meter, is_stored = Meter(), hasattr(flow, "begin")
    if is_stored:
        meter.watch()
    for line in sys.stdin:
        ((step, told),) = json.loads(line).items()
        if step == "prepare" and is_stored:
            flow.begin()
        meter.queries, meter.commits = 0, 0.0
        began, busy = time.perf_counter(), time.process_time()
        found = flow.prepare(told) if step == "prepare" else flow.verify(*told)
        took, busy = time.perf_counter() - began, time.process_time() - busy
        if not found:
            raise SystemExit(f"{sys.argv[1]}: not paid")
        measured = {"took": took, "processor": busy, "commits": meter.commits, "queries": meter.queries}
        print(json.dumps({**measured, "merchant_uid": found}), flush=True)


if __name__ == "__main__":
    main()
