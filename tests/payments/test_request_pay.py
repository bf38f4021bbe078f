"""What the page hands to the window, without a request: what wins, what is signed."""

from decimal import Decimal

import pytest
from django.core import signing

from django_iamport.payments import request_pay
from tests.shop.models import Order, OrderTransaction


@pytest.fixture
def unsaved():
    order = Order(pk=1, name="Tea", amount=50_000, buyer_name="Kim")
    return order, OrderTransaction(order=order, merchant_uid="test1", amount=Decimal("50000.00"))


def test_later_sources_win_and_money_always_comes_from_the_stored_attempt(unsaved, settings):
    settings.IAMPORT_REQUEST_PAY = {"language": "ko", "buyer_name": "settings", "digital": True}
    extra = {"language": "en", "merchant_uid": "x", "amount": 1, "currency": "USD"}
    params = request_pay.parameters(*unsaved, extra)
    assert (params["language"], params["buyer_name"], params["digital"]) == ("en", "Kim", True)
    assert (params["merchant_uid"], params["amount"], params["currency"]) == ("test1", 50_000, "KRW")


def test_won_is_a_whole_number_for_javascript(unsaved):
    assert type(request_pay.parameters(*unsaved)["amount"]) is int


def test_the_settings_are_not_changed_by_use(unsaved, settings):
    settings.IAMPORT_REQUEST_PAY = {"digital": True}
    request_pay.parameters(*unsaved, {"language": "en"})
    assert settings.IAMPORT_REQUEST_PAY == {"digital": True}


@pytest.mark.parametrize(
    ("configured", "sent"),
    [
        ({}, {}),
        ({"IAMPORT_PG": "nice"}, {"pg": "nice"}),
        ({"IAMPORT_CHANNEL_KEY": "channel-key-1"}, {"channelKey": "channel-key-1"}),
        ({"IAMPORT_CHANNEL_KEY": "channel-key-1", "IAMPORT_PG": "nice"}, {"channelKey": "channel-key-1"}),
    ],
)
def test_a_channel_key_wins_over_a_pg_code(unsaved, settings, configured, sent):
    for name, value in configured.items():
        setattr(settings, name, value)
    params = request_pay.parameters(*unsaved)
    assert {name: params[name] for name in ("pg", "channelKey") if name in params} == sent


def test_a_shops_own_notice_address_is_kept(unsaved):
    params = request_pay.parameters(*unsaved, {"notice_url": "https://hooks.example/"})
    assert params["notice_url"] == "https://hooks.example/"


def test_a_signature_names_one_attempt():
    attempt = request_pay.signed("test1").removeprefix("attempt=").replace("%3A", ":")
    assert request_pay.unsigned(attempt) == "test1"
    for wrong in ("", "test1", attempt + "x", attempt.replace("test1", "test2"), ":", "\0"):
        assert request_pay.unsigned(wrong) is None
    assert request_pay.unsigned(signing.Signer(salt="another").sign("test1")) is None


def test_the_signature_is_not_the_shops_own_default_one():
    assert request_pay.unsigned(signing.Signer().sign("test1")) is None
