"""What brings news into the shop: the page, a phone, notices, sync."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from hypothesis import strategies as st

from django_iamport.payments import request_pay
from tests.histories.books import Payment, is_money, went_back
from tests.histories.deeds import WHICH, deed
from tests.histories.history import History
from tests.shop.models import OrderTransaction


@deed(
    often=3,
    when=lambda history: history.imp_uids,
    payment=WHICH,
    attempt=st.sampled_from([None, None, None, 0, 1]),
)
def the_page_tells(history: History, payment: int, attempt: int | None) -> None:
    """Of this payment; a page that isn't honest claims it for another attempt."""
    imp_uid = history.payment(payment)
    claimed = None if attempt is None else history.attempt(attempt)
    merchant_uid = claimed.merchant_uid if claimed else history.number_of(imp_uid)
    _is_told_what_is_stored(history.post("order_validation", merchant_uid=merchant_uid, imp_uid=imp_uid))


@deed(when=History.attempts, attempt=WHICH)
def the_page_asks(history: History, attempt: int) -> None:
    row = history.attempt(attempt)
    _is_told_what_is_stored(history.post("order_validation", merchant_uid=row.merchant_uid))


def _is_told_what_is_stored(response: Any) -> None:
    if response is not None and response.status_code == 200:
        told = response.json()
        assert OrderTransaction.objects.get(merchant_uid=told["merchant_uid"]).status == told["status"]


@deed(when=lambda history: history.imp_uids, payment=WHICH)
def a_phone_comes_back(history: History, payment: int) -> None:
    imp_uid = history.payment(payment)
    merchant_uid = history.number_of(imp_uid)
    signed = request_pay.signed(merchant_uid)
    url = f"{reverse('iamport:redirect')}?{signed}&imp_uid={imp_uid}&merchant_uid={merchant_uid}"
    response = history.run(lambda: history.browser.get(url))
    assert response is None or response.status_code in (200, 302)


@deed(
    often=4,
    when=lambda history: history.waiting_notices(),
    notice=WHICH,
    is_last=st.sampled_from([True, True, False]),
)
def a_notice_comes(history: History, notice: int, is_last: bool) -> None:
    """Not always the oldest, and not always for the last time."""
    body = history.notices[notice % len(history.notices)]
    before = history.gateway.payment(body["imp_uid"])
    response = history.post("webhook", **body)
    if response is None or response.status_code >= 500:
        return
    if is_last:
        history.notices.remove(body)
    if response.json()["status"] == "stored":
        _is_stored_or_waits(before)


def _is_stored_or_waits(payment: Payment) -> None:
    """As it was before the gateway was asked: there it may go on meanwhile."""
    if not is_money(payment):
        return
    row = OrderTransaction.objects.filter(imp_uid=payment["imp_uid"]).first()
    number = OrderTransaction.objects.get(merchant_uid=payment["merchant_uid"])
    is_stored = row is not None and row.cancel_amount >= went_back(payment)
    is_over = row is None and went_back(payment) == payment["amount"]
    assert is_stored or is_over or number.backlog_since, f"{payment['imp_uid']} was answered as stored"


@deed(when=lambda history: history.waiting_notices())
def a_notice_is_lost(history: History) -> None:
    history.notices.pop(0)


@deed(often=2)
def sync_runs(history: History) -> None:
    report = history.run(history.sync)
    if report is not None:
        history.reached[f"sync ends with {report.exit_code}"] += 1
