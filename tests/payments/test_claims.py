"""Whose payment it is: the gateway names the attempt, a claim that it contradicts changes nothing."""

import pytest

from django_iamport.exceptions import AttemptNotFound, PaymentUnknown
from django_iamport.models import Refund
from tests.shop.models import OrderTransaction


def test_an_unknown_imp_uid_changes_nothing_and_is_first_in_line_for_sync(attempt, iamport_sandbox, confirm):
    with pytest.raises(PaymentUnknown):
        confirm(attempt, "imp_000000000000", "browser")

    attempt.refresh_from_db()
    assert (attempt.status, attempt.imp_uid, attempt.backlog_code) == ("ready", None, "payment_unknown")
    assert attempt.backlog_since is not None


def test_a_payment_counts_for_the_attempt_that_the_gateway_names(
    attempt, make_order, iamport_sandbox, confirm
):
    other = OrderTransaction.objects.create_new(make_order())
    imp_uid = iamport_sandbox.pay(other)

    row = confirm(attempt, imp_uid, "browser")

    attempt.refresh_from_db()
    assert (row.pk, row.status) == (other.pk, "paid")
    assert (attempt.status, attempt.imp_uid, attempt.order.status) == ("ready", None, "ready")
    assert attempt.looked_up_at is None


def test_a_paid_imp_uid_shown_again_for_another_order_pays_it_not(
    attempt, make_order, iamport_sandbox, confirm, heard
):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    other = OrderTransaction.objects.create_new(make_order())

    assert confirm(other, imp_uid, "browser").pk == attempt.pk

    other.refresh_from_db()
    assert (other.status, other.imp_uid, other.order.status) == ("ready", None, "ready")
    assert heard.names == ["payment_paid"]


@pytest.mark.parametrize("foreign", ["othershop12345", "TEST" + "a" * 26, "test_with_signs", "nobody"])
def test_a_payment_of_somebody_elses_is_neither_confirmed_nor_refunded(
    attempt, iamport_sandbox, confirm, foreign
):
    imp_uid = iamport_sandbox.pay(attempt, merchant_uid=foreign, force=True)

    for named in (attempt, None):
        with pytest.raises(AttemptNotFound):
            confirm(named, imp_uid)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.imp_uid) == ("ready", None)
    assert iamport_sandbox.payment(imp_uid)["cancel_amount"] == 0
    assert not Refund.objects.exists()


def test_a_staging_copy_with_another_prefix_is_inert(attempt, iamport_sandbox, confirm, settings):
    imp_uid = iamport_sandbox.pay(attempt, amount=100)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "stage"

    with pytest.raises(AttemptNotFound):
        confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    assert (attempt.status, iamport_sandbox.payment(imp_uid)["cancel_amount"]) == ("ready", 0)


def test_an_upper_case_merchant_uid_is_another_one_on_every_database(attempt, iamport_sandbox, confirm):
    with pytest.raises(AttemptNotFound):
        OrderTransaction.objects.confirm(merchant_uid=attempt.merchant_uid.upper(), source="browser")


@pytest.mark.parametrize("hints", [{}, {"merchant_uid": "test" + "a" * 26}])
def test_news_of_no_attempt_asks_nobody(db, iamport_sandbox, hints):
    with pytest.raises(AttemptNotFound):
        OrderTransaction.objects.confirm(**hints, source="browser")

    assert iamport_sandbox.calls == []


def test_a_question_by_merchant_uid_that_finds_nothing_answers_ready(attempt, confirm, heard):
    assert confirm(attempt, source="browser").status == "ready"
    assert heard.names == []


def test_a_payment_under_the_name_of_a_second_payments_row_is_no_news(
    attempt, iamport_sandbox, confirm, heard
):
    for imp_uid in [iamport_sandbox.pay(attempt), iamport_sandbox.pay(attempt, force=True)]:
        second = confirm(attempt, imp_uid)
    imp_uid = iamport_sandbox.pay(merchant_uid=second.merchant_uid, amount=100)

    with pytest.raises(AttemptNotFound):
        confirm(None, imp_uid)

    assert OrderTransaction.objects.count() == 2
