import pytest

from django_iamport.contrib.cash_receipts import settling
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.models import History

PHONE = "010-1234-5678"


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    """A transfer of 50,000 won."""
    paid = confirm(attempt, iamport_sandbox.pay(attempt, pay_method="trans"))
    iamport_sandbox.reset_calls()
    return paid


@pytest.fixture
def refund(paid):
    """Money goes back, and what waited for the commit is done."""

    def give_back(amount=None):
        paid.refresh_from_db()
        paid.cancel(amount, reason="returned")
        settling.adjust_all(paid.merchant_uid)

    return give_back


def stored():
    return CashReceipt.objects.order_by("pk").last()


def noted(merchant_uid):
    return [row.event for row in History.objects.of(merchant_uid) if row.event.startswith("cash_receipt")]
