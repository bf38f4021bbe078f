"""News that can't be stored, outside of any view: the report says where, and nothing of the gateway's answer."""

import pytest

from django_iamport import signals
from django_iamport.exceptions import ReceiverFailed
from django_iamport.records.transaction import TransactionRecord
from tests.error_mail import broken, values_in_djangos_report
from tests.shop.models import Order

PRIVATE = {
    "buyer_name": "홍길동",
    "buyer_tel": "010-9753-1864",
    "card_number": "4092-02**-1234",
    "vbank_num": "110123456789",
    "vbank_holder": "홍길동",
}


@pytest.mark.parametrize(
    "place",
    [
        (TransactionRecord, "store_news"),
        (TransactionRecord, "save_base"),
        (Order, "payment_received"),
        (signals.payment_paid, "send"),
    ],
    ids=lambda place: place[1],
)
def test_nothing_of_the_answer_is_reported(attempt, iamport_sandbox, confirm, monkeypatch, place):
    iamport_sandbox.edit(imp_uid := iamport_sandbox.pay(attempt), **PRIVATE)
    monkeypatch.setattr(*place, broken)

    with pytest.raises(ReceiverFailed) as caught:
        confirm(attempt, imp_uid)

    text = values_in_djangos_report(caught.value)
    assert [value for value in PRIVATE.values() if value in text] == []
