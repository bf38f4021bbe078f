"""Registering a card in the payment window, or through the API; and what a slipped-in `customer_uid` is worth."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_iamport.contrib.billing import signals
from django_iamport.contrib.billing.exceptions import BillingKeyGone, BillingKeyKept, BillingKeyRefused
from django_iamport.exceptions import ChannelUnknown, GatewayError, OutcomeUnknown
from django_iamport.gateway.billing_keys import CardData
from tests.shop.models import BillingKey, OrderTransaction

NUMBER = "4330-1234-1234-1235"
CARD = CardData(card_number=NUMBER, expiry="2030-12", birth="900101", pwd_2digit="12")


@pytest.fixture
def issued(receive):
    """The cards of which `billing_key_issued` and `billing_key_ended` were sent, in order."""
    told = []
    for name in ("issued", "ended"):
        signal = getattr(signals, f"billing_key_{name}")
        receive(signal, lambda billing_key, name=name, **_: told.append((name, billing_key.pk)))
    return told


def test_the_window_registers_a_card_and_takes_no_money(user, iamport_sandbox, issued):
    key = BillingKey.objects.create_new(user)
    params = key.request_pay(language="ko", amount=1000, customer_uid="slipped-in")
    told = {name: params[name] for name in ("amount", "customer_uid", "merchant_uid")}
    assert told == {"amount": 0, "customer_uid": key.customer_uid, "merchant_uid": key.merchant_uid}
    iamport_sandbox.register_card(key)
    key.confirm()
    assert (key.status, key.is_default, key.is_chargeable) == ("active", True, True)
    assert key.card_name
    assert key.card_number.startswith("****-****-****-")
    assert issued == [("issued", key.pk)]
    assert [line.event for line in key.history] == ["key_issued"]


def test_the_number_is_ours_unguessable_and_says_nothing_of_its_owner(user, settings, iamport_sandbox):
    settings.IAMPORT_MERCHANT_UID_PREFIX = "tea"
    key = BillingKey.objects.create_new(user)
    assert key.customer_uid.startswith("tea")
    assert len(key.customer_uid) == 29
    assert key.customer_uid != key.merchant_uid
    assert str(user.pk) not in str(key)


def test_a_registration_that_came_to_nothing_is_used_again(user, iamport_sandbox, later):
    first = BillingKey.objects.create_new(user)
    assert BillingKey.objects.create_new(user) == first
    iamport_sandbox.register_card(first)
    second = BillingKey.objects.create_new(user)
    first.refresh_from_db()
    assert (first.status, second == first) == ("active", False)
    later(minutes=31)
    assert BillingKey.objects.create_new(user) != second


def test_a_channel_that_the_settings_do_not_name_is_refused(user):
    with pytest.raises(ChannelUnknown):
        BillingKey.objects.create_new(user, channel="other")


def test_a_declined_window_registers_nothing_and_says_why(user, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, card_number="4000-0000-0000-0077")
    key.confirm()
    assert (key.status, bool(key.reason)) == ("ready", True)
    assert BillingKey.objects.create_new(user) != key


def test_a_card_of_a_test_channel_is_not_saved(user, iamport_sandbox, settings):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, channel="test")
    key.confirm()
    assert (key.status, key.reason) == ("deleted", "test_channel")
    settings.IAMPORT_TEST_MODE = True
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, channel="test")
    key.confirm()
    assert key.status == "active"


def test_a_key_slipped_into_somebody_elses_page_is_never_saved(user, iamport_sandbox):
    """The other one registers a card under his own number, and the attacker asks for it."""
    attackers = BillingKey.objects.create_new(user)
    victim = get_user_model().objects.create_user("lee")
    victims = BillingKey.objects.create_new(victim)
    iamport_sandbox.register_card(attackers, merchant_uid=victims.merchant_uid)
    for key in (attackers, victims):
        key.confirm()
        assert key.status == "ready"


def test_a_card_that_takes_the_place_of_a_registered_one_before_it_is_confirmed_is_deleted(
    user, iamport_sandbox
):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key)
    iamport_sandbox.tick(seconds=5)
    iamport_sandbox.register_card(key, merchant_uid="somebodyelse")
    key.confirm()
    assert (key.status, key.reason) == ("deleted", "replaced")
    assert key.customer_uid not in iamport_sandbox.billing_keys


def test_a_card_put_in_the_place_of_a_saved_one_is_deleted_and_not_charged(
    key, order, iamport_sandbox, issued, charged_at_the_gateway
):
    iamport_sandbox.tick(seconds=5)
    iamport_sandbox.register_card(key, merchant_uid="somebodyelse", card_number=NUMBER)
    with pytest.raises(BillingKeyGone):
        key.charge(order)
    assert (key.status, key.reason) == ("deleted", "replaced")
    assert key.customer_uid not in iamport_sandbox.billing_keys
    assert charged_at_the_gateway() == 0
    assert issued == [("ended", key.pk)]


def test_a_key_slipped_into_the_page_of_a_purchase_is_no_payment(key, order, iamport_sandbox, confirm):
    attempt = OrderTransaction.objects.create_new(order)
    row = confirm(attempt, iamport_sandbox.pay(attempt, customer_uid=key.customer_uid))
    assert (row.status, row.reject_reason) == ("rejected", "not_a_payment")


def test_an_amount_put_into_the_page_registers_nothing(user, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, amount=1000)
    key.confirm()
    assert (key.status, key.reason) == ("deleted", "forged")


def test_no_repr_shows_a_key_or_a_card(key):
    assert key.customer_uid not in repr(key)
    assert NUMBER not in repr(CARD)


class TestSeveral:
    def test_the_first_card_is_the_default_and_another_may_be_made_it(self, make_key, user):
        first, second = make_key(), make_key()
        assert BillingKey.objects.default(user) == first
        assert list(BillingKey.objects.saved(user)) == [first, second]
        second.make_default()
        first.refresh_from_db()
        assert (first.is_default, second.is_default) == (False, True)
        assert list(BillingKey.objects.saved(user)) == [second, first]

    def test_the_last_saved_becomes_the_default_where_it_was_withdrawn(self, make_key, user):
        first, second, third = make_key(), make_key(), make_key()
        first.withdraw(by=user)
        assert BillingKey.objects.default(user) == third
        third.withdraw()
        second.withdraw()
        assert BillingKey.objects.default(user) is None

    def test_a_withdrawn_card_is_not_made_the_default(self, key):
        key.withdraw()
        with pytest.raises(BillingKeyGone):
            key.make_default()

    def test_everybody_has_a_default_of_his_own(self, make_key, user):
        other = get_user_model().objects.create_user("lee")
        mine, others = make_key(), make_key(other)
        assert (mine.is_default, others.is_default) == (True, True)


class TestDeleting:
    def test_a_withdrawn_card_is_deleted_at_the_gateway_and_blanked_here(
        self, key, user, iamport_sandbox, issued
    ):
        key.withdraw(reason="moved", by=user)
        assert (key.status, key.card_number, key.card_name) == ("deleted", "", "")
        assert key.customer_uid not in iamport_sandbox.billing_keys
        assert [(line.event, line.by) for line in key.history][1:] == [
            ("key_deleting", f"customer:{user.pk}"),
            ("key_deleted", f"customer:{user.pk}"),
        ]
        assert issued == [("ended", key.pk)]

    def test_a_lost_answer_is_looked_up(self, key, iamport_sandbox):
        iamport_sandbox.fail_next("billing_keys.delete", after=True, timeout=True)
        key.withdraw()
        assert key.status == "deleted"

    def test_a_deletion_that_did_not_get_through_is_gone_on_with(self, key, order, iamport_sandbox):
        iamport_sandbox.fail_next("billing_keys.delete", timeout=True)
        with pytest.raises(OutcomeUnknown):
            key.withdraw()
        key.refresh_from_db()
        assert (key.status, key.is_default) == ("deleting", False)
        with pytest.raises(BillingKeyGone):
            key.charge(order)
        key.confirm()
        assert key.status == "deleted"

    def test_a_deletion_that_was_refused_is_not_taken_for_done(self, key, iamport_sandbox):
        """The gateway refuses with the same words and status with which it says that it knows no such key."""
        refusal = {"code": 1, "message": "처리할 수 없습니다.", "response": None}
        iamport_sandbox.fail_next("billing_keys.delete", body=refusal)
        with pytest.raises(OutcomeUnknown):
            key.withdraw()
        assert key.status == "deleting"
        key.confirm()
        assert key.status == "deleted"

    def test_a_key_that_is_gone_already_is_deleted_here(self, key, iamport_sandbox):
        iamport_sandbox.delete_key(key.customer_uid)
        key.withdraw()
        assert key.status == "deleted"

    def test_the_row_is_kept_as_long_as_the_gateway_may_know_the_key(self, key):
        with pytest.raises(BillingKeyKept), transaction.atomic():
            key.delete()
        with pytest.raises(BillingKeyKept), transaction.atomic():
            BillingKey.objects.all().delete()
        key.withdraw()
        key.delete()
        assert not BillingKey.objects.exists()

    def test_an_account_that_is_deleted_leaves_the_card_without_owner(self, key, user):
        user.delete()
        key.refresh_from_db()
        assert (key.user, key.status) == (None, "active")


class TestThroughTheApi:
    @pytest.fixture
    def channel_key(self, iamport_sandbox):
        return next(each.key for each in iamport_sandbox.account.channels if not each.test)

    def test_a_card_is_registered_and_nothing_of_it_stored_but_its_last_digits_and_expiry(
        self, user, iamport_sandbox, channel_key, caplog
    ):
        caplog.set_level(logging.DEBUG)
        key = BillingKey.objects.issue(user, CARD, channel_key=channel_key)
        assert (key.status, key.card_number, key.expiry) == ("active", "****-****-****-1235", "2030-12")
        stored = str(BillingKey.objects.values().get()) + str([*key.history.values()]) + caplog.text
        for secret in ("4330", "900101", CARD.card_number):
            assert secret not in stored

    def test_a_refused_card_is_said_to_be_and_nothing_of_it_is_in_the_error(
        self, user, iamport_sandbox, channel_key
    ):
        refused = CardData(card_number="4000-0000-0000-0085", expiry="2030-12", birth="900101")
        with pytest.raises(BillingKeyRefused) as error:
            BillingKey.objects.issue(user, refused, channel_key=channel_key)
        key = BillingKey.objects.get()
        assert (key.status, key.reason) == ("failed", error.value.reason)
        assert "4000" not in repr(error.value) + str(vars(error.value))

    def test_a_lost_answer_is_looked_up(self, user, iamport_sandbox, channel_key):
        iamport_sandbox.fail_next("billing_keys.issue", after=True, timeout=True)
        assert BillingKey.objects.issue(user, CARD, channel_key=channel_key).status == "active"
        iamport_sandbox.fail_next("billing_keys.issue", timeout=True)
        with pytest.raises(OutcomeUnknown):
            BillingKey.objects.issue(user, CARD, channel_key=channel_key)


def test_a_gateway_that_is_down_changes_nothing(key, iamport_sandbox):
    iamport_sandbox.fail_next("billing_keys.find", times=2, status=503)
    with pytest.raises(GatewayError):
        key.confirm()
    key.refresh_from_db()
    assert key.status == "active"
