"""The customer's language is kept with the attempt: a notice has none, and neither has a run of `iamport_sync`."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from django_iamport import signals
from django_iamport.views import ConfirmView
from tests.shop.models import OrderTransaction


@pytest.fixture
def attempt(order, iamport_sandbox):
    """Begun by a customer who reads Korean, in a shop that speaks English."""
    with translation.override("ko"):
        return OrderTransaction.objects.create_new(order)


@pytest.fixture
def mails(receive):
    """The languages in which a receiver wrote to the customer."""
    written = []
    for signal in (signals.payment_paid, signals.payment_ready, signals.payment_cancelled):
        receive(signal, lambda **kwargs: written.append(translation.get_language()))
    return written


def sync(attempt, confirm, imp_uid):
    call_command("iamport_sync", verbosity=0)


def notice(attempt, confirm, imp_uid):
    Client().post(reverse("iamport:webhook"), {"imp_uid": imp_uid}, "application/json")


def hand(attempt, confirm, imp_uid):
    attempt.sync(source="admin")


@pytest.mark.parametrize("bring", [sync, notice, hand])
def test_whoever_brings_the_news_receivers_write_in_the_customers_language(
    attempt, iamport_sandbox, confirm, mails, bring
):
    bring(attempt, confirm, iamport_sandbox.pay(attempt))

    assert mails == ["ko"]
    assert translation.get_language() == "en"


def test_a_refund_made_at_the_desk_is_told_in_the_customers_language(
    attempt, iamport_sandbox, confirm, mails
):
    row = confirm(attempt, iamport_sandbox.pay(attempt))

    row.cancel(reason="returned")

    assert mails == ["ko"] * 2


def test_a_second_payment_speaks_as_its_attempt_does(attempt, iamport_sandbox, confirm):
    accounts = [iamport_sandbox.issue_account(attempt) for _ in range(2)]
    for imp_uid in accounts:
        iamport_sandbox.deposit(imp_uid)

    confirm(attempt, accounts[0])
    second = confirm(attempt, accounts[1])

    assert (second.reject_reason, second.language) == ("duplicate", "ko")


def test_the_language_is_that_of_the_last_click(order, attempt, iamport_sandbox):
    again = OrderTransaction.objects.create_new(order)

    assert (again, again.language) == (attempt, "en")
    assert OrderTransaction.objects.get().language == "en"


def test_an_attempt_that_began_without_a_language_speaks_the_shops_own(
    attempt, iamport_sandbox, confirm, mails
):
    attempt.store_asked(language=None)

    confirm(attempt, iamport_sandbox.pay(attempt))

    assert mails == ["en"]


def test_a_language_that_the_shop_no_longer_has_is_no_obstacle(attempt, iamport_sandbox, confirm):
    attempt.store_asked(language="xx-unknown")

    row = confirm(attempt, iamport_sandbox.issue_account(attempt))

    assert row.is_awaiting_deposit
    assert "₩50,000" in row.get_deposit_text()


def test_it_is_not_compared_with_the_payment_and_makes_no_other_attempt(order, attempt, iamport_sandbox):
    assert "language" not in vars(attempt.as_asked())
    assert OrderTransaction.objects.create_new(order) == attempt


def test_the_reason_why_a_payment_is_stopped_is_the_customers_to_read(attempt, monkeypatch):
    monkeypatch.setattr(ConfirmView, "get_refusal", lambda self, attempt: translation.get_language())
    question = {"merchant_uid": attempt.merchant_uid, "amount": 50_000}

    shops = Client().post(reverse("iamport:confirm"), question, "application/json").json()
    neutral = Client().post(reverse("iamport:confirm"), {**question, "amount": 1}, "application/json").json()

    assert shops == {"reason": "ko"}
    with translation.override("ko"):
        assert neutral == {"reason": str(ConfirmView.neutral_reason)}
    assert not neutral["reason"].isascii()
