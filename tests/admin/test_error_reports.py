"""A page of the desk that fails is reported without the account, the holder and the telephone that were typed."""

import pytest
from django.forms.boundfield import BoundField

from django_iamport.admin.forms import RefundForm
from django_iamport.forms import RefundAccountForm
from django_iamport.models import AbstractTransaction, Refund
from django_iamport.testing.adapter import Adapter
from tests.admin.desk import change, page, refund_fields
from tests.error_mail import broken, error_mails
from tests.shop.models import Order

pytestmark = pytest.mark.urls("tests.admin.desk")

ACCOUNT = {"bank": "088", "account": "110-123-456789", "holder": "홍길동", "tel": "010-9753-1864"}
VALUES = ("110-123-456789", "110123456789", "홍길동", "010-9753-1864", "01097531864", "customer said")


@pytest.mark.parametrize(
    "place",
    [
        (RefundForm, "clean"),
        (RefundAccountForm, "clean"),
        (AbstractTransaction, "cancel"),
        (Refund, "save_base"),
        (Adapter, "send"),
        (BoundField, "as_widget"),
    ],
    ids=lambda place: f"{place[0].__name__}.{place[1]}",
)
def test_no_account_is_mailed(boss, attempt, iamport_sandbox, confirm, monkeypatch, place):
    row = confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank"))
    fields = refund_fields(boss, row, **ACCOUNT, reason="customer said")
    if place[0] is BoundField:
        fields["account"] += "-x"  # shown again
    monkeypatch.setattr(*place, broken)

    with error_mails() as mails:
        boss.raise_request_exception = False
        # A row that can't be stored is an error of the form.
        expected = 200 if place[0] is Refund else 500
        assert boss.post(page("refund", row), fields).status_code == expected

    assert_without_values(mails())


def test_no_telephone_of_an_orders_form_is_mailed(boss, order, monkeypatch):
    monkeypatch.setattr(Order, "save_base", broken)
    no_attempts = {"transactions-TOTAL_FORMS": 0, "transactions-INITIAL_FORMS": 0}

    with error_mails() as mails:
        boss.raise_request_exception = False
        answer = boss.post(change(order), {"note": "010-9753-1864", "buyer_name": "홍길동", **no_attempts})

    assert answer.status_code == 500
    assert_without_values(mails())


def assert_without_values(texts):
    assert texts
    for text in texts:
        assert [value for value in VALUES if value in text] == []
