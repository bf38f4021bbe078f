"""The code of docs/billing-keys.md and docs/subscriptions.md does what the pages say, in both languages."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.shop.models import BillingKey, Order, Subscription

DOCS = Path(__file__).parents[3] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(page, word, **names):
    """Run the page's one block in which that word stands, and answer what it named."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (block,) = (code for code in BLOCK.findall(text) if word in code)
    exec(compile(block, page, "exec"), names)
    return names


cards = pytest.mark.parametrize("page", ["billing-keys.md", "billing-keys.ko.md"])


@cards
def test_charging(page, make_key, user, iamport_sandbox):
    charge_order = run(page, "def charge_order")["charge_order"]
    key, order = make_key(), Order.objects.create(name="Tea", amount=50_000, user=user)
    assert charge_order(key, order).status == "paid"
    declining = make_key(card_number="4000-0000-0000-0010")
    other = Order.objects.create(name="Tea", amount=50_000, user=user)
    assert "한도" in charge_order(declining, other)
    iamport_sandbox.delete_key(declining.customer_uid)
    assert isinstance(charge_order(declining, other), str)


@cards
def test_one_window_for_both(page, user, order, settings, iamport_sandbox):
    settings.IAMPORT_CHANNELS = {"kakaopay": {"channelKey": "channel-key-kakaopay"}}
    begin = run(page, "create_with_payment", BillingKey=BillingKey)["begin"]
    opened = begin(user, order)
    assert (opened["amount"], opened["channelKey"]) == (50_000, "channel-key-kakaopay")
    assert opened["customer_uid"] == BillingKey.objects.get().customer_uid


@cards
def test_card_data(page, user, iamport_sandbox):
    register = run(page, "def register")["register"]
    said = []
    data = {"card_number": "4000-0000-0000-0002", "expiry": "2099-12", "birth": "900101", "pwd_2digit": "12"}
    form = SimpleNamespace(cleaned_data=data, add_error=lambda field, reason: said.append(reason))
    card = register(BillingKey, user, form)
    assert (card is None) == bool(said)


@cards
def test_a_shops_own_test(page, user, order, iamport_sandbox):
    shops = run(page, "def test_a_saved_card_pays", BillingKey=BillingKey)
    shops["test_a_saved_card_pays"](iamport_sandbox, user, order)


@pytest.mark.parametrize("page", ["subscriptions.md", "subscriptions.ko.md"])
def test_a_subscription_begins(page, make_key, user, capsys):
    names = run(page, "subscription.start()", Subscription=Subscription, user=user, card=make_key())
    assert (names["subscription"].status, capsys.readouterr().out) == ("active", "")


@pytest.mark.parametrize("page", ["subscriptions.md", "subscriptions.ko.md"])
def test_the_calls_of_its_table_are_there(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    called = set(re.findall(r"^\| `([a-z_]+)\(", text, re.MULTILINE))
    assert called >= {"start", "pause", "resume", "cancel", "keep", "change_plan", "change_card"}
    assert all(callable(getattr(Subscription, name)) for name in called)
