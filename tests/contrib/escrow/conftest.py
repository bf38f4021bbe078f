import pytest

from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.deliveries import Person
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.models import History

RECEIVER = Person(name="김지은", tel="010-1234-5678", postcode="04524", addr="세종대로 1", addr_detail="2층")
PARCEL = {"company": "CJGLS", "invoice": "123-456-789"}


@pytest.fixture
def pay(attempt, iamport_sandbox, confirm):
    """Pay 50,000 won into escrow; further parameters of the window are passed on."""

    def pay(pg="html5_inicis", **opening):
        imp_uid = iamport_sandbox.pay(attempt, escrow=True, pg=pg, **opening)
        with iamport_sandbox.account.change(imp_uid) as row:
            row["pg_provider"] = pg
        paid = confirm(attempt, imp_uid)
        iamport_sandbox.reset_calls()
        return paid

    return pay


@pytest.fixture
def paid(pay):
    return pay()


@pytest.fixture
def registered(paid, iamport_sandbox):
    deliveries.register(paid, receiver=RECEIVER, **PARCEL)
    iamport_sandbox.reset_calls()
    return paid


def stored():
    return Delivery.objects.get()


def noted(row):
    words = ("delivery", "escrow")
    return [line.event for line in History.objects.of(row.merchant_uid) if line.event.startswith(words)]
