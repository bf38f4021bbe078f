"""Channels by name: the page names one, the settings say what that is, and the payment must show it."""

import pytest

from django_iamport.exceptions import ChannelUnknown, GatewayColumn
from tests.shop.models import OrderTransaction

KAKAO = {
    "channelKey": "channel-key-kakao",
    "pay_method": "kakaopay",
    "pg_provider": "kakaopay",
    "pg_id": "CA1",
}
CHANNELS = {
    "card": {"channelKey": "channel-key-card", "pay_method": "card", "escrow": True},
    "kakaopay": KAKAO,
    "old": {"pg": "html5_inicis.MOI1"},
}


@pytest.fixture(autouse=True)
def _channels(settings):
    settings.IAMPORT_CHANNELS = CHANNELS


@pytest.fixture
def create_new(order, iamport_sandbox):
    return lambda channel="", **asked: OrderTransaction.objects.create_new(order, channel=channel, **asked)


def window(attempt):
    """What the window is opened with of a channel."""
    told = attempt.request_pay()
    return {
        name: told[name]
        for name in ("channelKey", "pg", "pay_method", "pg_provider", "pg_id")
        if name in told
    }


def test_the_attempt_keeps_the_name_and_its_window_is_that_of_the_channel(create_new):
    attempt = create_new("kakaopay")

    assert OrderTransaction.objects.get().channel_name == "kakaopay"
    assert window(attempt) == {"channelKey": "channel-key-kakao", "pay_method": "kakaopay"}


@pytest.mark.parametrize(("name", "shown"), [("old", {"pg": "html5_inicis.MOI1", "pay_method": "card"})])
def test_nothing_of_another_channel_is_said_beside_it(create_new, settings, name, shown):
    settings.IAMPORT_CHANNEL_KEY = "channel-key-of-all"
    settings.IAMPORT_REQUEST_PAY = {"channelKey": "channel-key-of-all", "language": "ko"}

    attempt = create_new(name)

    assert window(attempt) == shown
    assert attempt.request_pay()["language"] == "ko"


def test_who_names_none_pays_through_the_channel_of_all(create_new, settings):
    settings.IAMPORT_CHANNEL_KEY = "channel-key-of-all"

    attempt = create_new()

    assert (attempt.channel_name, window(attempt)["channelKey"]) == ("", "channel-key-of-all")


@pytest.mark.parametrize("name", ["paypal", "channel-key-kakao", "KAKAOPAY", "card\0", "x" * 10_000])
def test_a_name_that_is_not_listed_is_refused_before_anybody_is_asked(create_new, iamport_sandbox, name):
    with pytest.raises(ChannelUnknown):
        create_new(name)

    assert (iamport_sandbox.calls, OrderTransaction.objects.count()) == ([], 0)


def test_the_name_is_not_changed_by_hand(create_new):
    attempt = create_new("card")
    attempt.channel_name = "kakaopay"

    with pytest.raises(GatewayColumn):
        attempt.save()


def test_an_attempt_whose_window_never_opened_is_used_again_for_the_same_channel_alone(create_new):
    by_card = create_new("card")

    assert create_new("kakaopay") != by_card
    assert create_new("kakaopay") == create_new("kakaopay") != create_new()


def test_two_channels_that_are_the_same_window_are_two(create_new, settings):
    settings.IAMPORT_CHANNELS = {"a": {"channelKey": "k"}, "b": {"channelKey": "k"}}

    assert create_new("a") != create_new("b")


@pytest.mark.parametrize("other", [{"pg_id": "CA2"}, {"pg_provider": "naverpay"}], ids=str)
def test_a_payment_that_shows_another_channel_goes_back(create_new, iamport_sandbox, confirm, order, other):
    attempt = create_new("kakaopay")
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, **{"pg_provider": "kakaopay", "pg_id": "CA1", **other})

    confirm(attempt, imp_uid)

    attempt.refresh_from_db()
    order.refresh_from_db()
    assert (attempt.status, attempt.reject_reason, order.status) == ("cancelled", "forged", "ready")


def test_a_payment_that_shows_the_channel_is_paid_though_the_settings_changed_meanwhile(
    create_new, iamport_sandbox, confirm, settings
):
    attempt = create_new("kakaopay")
    imp_uid = iamport_sandbox.pay(attempt)
    iamport_sandbox.edit(imp_uid, pg_provider="kakaopay", pg_id="CA1")
    settings.IAMPORT_CHANNELS = {"kakaopay": {**KAKAO, "pg_id": "CA2"}}

    assert confirm(attempt, imp_uid).status == "paid"


def test_an_attempt_whose_channel_was_taken_off_the_list_is_paid_and_not_used_again(
    create_new, iamport_sandbox, confirm, settings
):
    attempt = create_new("old")
    settings.IAMPORT_CHANNELS = {}

    assert create_new() != attempt
    assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"


def test_what_the_caller_names_wins_over_the_channel(create_new):
    assert create_new("kakaopay", pg_id="CA9").asked["pg_id"] == "CA9"
    assert create_new("card").as_asked().escrow is True
    assert create_new("card", escrow=False).as_asked().escrow is False
