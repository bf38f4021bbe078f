"""Every reason that the package writes has a text in both languages: nobody reads a bare word."""

import ast
import importlib
from pathlib import Path

import pytest
from django.utils import translation

import django_iamport
from django_iamport.contrib.billing import rules as cards
from django_iamport.contrib.billing.exceptions import BillingKeyRefused, ChargeDeclined
from django_iamport.contrib.subscriptions import rules as subscriptions
from django_iamport.exceptions import MESSAGES
from django_iamport.rules.status import Status
from django_iamport.rules.verification import Reason
from tests.shop.models import BillingKey, OrderTransaction, Renewal, Subscription

PACKAGE = Path(django_iamport.__file__).parent
# Of orders that are moved in, which tells the operator about them by a code of its own.
ELSEWHERE = ("ledger/importing.py", "reconciliation/moving/importing.py")


def raised_reasons():
    """What the package's own code says to `RejectPayment`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE.parent).with_suffix("")
        if path.relative_to(PACKAGE).as_posix() in ELSEWHERE or "RejectPayment(" not in path.read_text(
            "utf-8"
        ):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RejectPayment" and node.args:
                module = importlib.import_module(".".join(name.parts))
                yield eval(ast.unparse(node.args[0]), vars(module))


REJECTED = [*(reason.value for reason in Reason), *raised_reasons()]
FAILED = [*MESSAGES, *(reason.value for reason in Reason)]
OF_CARDS = [cards.GONE, cards.REPLACED, cards.TEST_CHANNEL, cards.FORGED, cards.ABANDONED]
OF_CARDS += [cards.WITHOUT_OWNER, cards.ERASED, Status.FAILED.value]
OF_PERIODS = [subscriptions.MISSED, subscriptions.UNPAID, subscriptions.CANCELLED, subscriptions.ERASED]
OF_PERIODS += ["order_closed", "not_payable", "card_missing", "billing_key_gone", "billing_key_foreign"]
OF_PERIODS += ["billing_key_not_issued", "charge_declined", "charge_unknown", *REJECTED, *MESSAGES]

pytestmark = pytest.mark.parametrize("language", ["en", "ko"])


def is_text(word, shown):
    return str(shown) != word and str(shown).endswith(".")


def test_of_rejected_and_failed_payments(language):
    assert subscriptions.PERIOD_OVER in REJECTED
    with translation.override(language):
        for word in REJECTED:
            assert is_text(word, OrderTransaction(reject_reason=word).get_reject_reason_display()), word
        for word in FAILED:
            assert is_text(word, OrderTransaction(fail_reason=word).get_fail_reason_display()), word


def test_of_cards(language):
    with translation.override(language):
        for word in OF_CARDS:
            assert is_text(word, BillingKey(reason=word).get_reason_display()), word
            assert is_text(word, BillingKeyRefused(reason=word).reason_in_words), word
        assert BillingKeyRefused(reason="카드사 거절").reason_in_words == "카드사 거절"
        assert is_text("", BillingKeyRefused().reason_in_words)


def test_of_charges(language):
    with translation.override(language):
        for word in REJECTED:
            row = OrderTransaction(status="rejected", reject_reason=word)
            assert is_text(word, ChargeDeclined(transaction=row, reason=word).reason_in_words), word


def test_of_subscriptions_and_their_periods(language):
    with translation.override(language):
        for word in OF_PERIODS:
            assert is_text(word, Subscription(reason=word).get_reason_display()), word
            assert is_text(word, Renewal(reason=word).get_reason_display()), word


def test_a_reason_of_the_shops_own_is_in_its_own_words(language, monkeypatch):
    monkeypatch.setattr(OrderTransaction, "REJECT_REASONS", {"sold_out": "Sold out, alas."})
    assert Subscription(reason="sold_out").get_reason_display() == "Sold out, alas."
    assert OrderTransaction(reject_reason="sold_out").get_reject_reason_display() == "Sold out, alas."
