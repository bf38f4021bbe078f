"""The tutorial's three functions."""

import pytest

from django_iamport.client.errors import AuthenticationFailed, GatewayError
from django_iamport.iamport import find_transaction, get_token, payment_prepare

pytestmark = pytest.mark.on_each_pair


def test_a_token_is_fetched_once_and_shared(iamport_sandbox):
    assert get_token() == get_token()
    assert iamport_sandbox.calls == ["POST /users/getToken"]


def test_wrong_credentials_are_told_without_showing_them(iamport_sandbox, settings):
    settings.IAMPORT_SECRET = "a-wrong-secret"

    with pytest.raises(AuthenticationFailed) as failure:
        get_token()

    assert "a-wrong-secret" not in f"{failure.value!r} {failure.value} {failure.value.message}"


def test_preparing_twice_is_a_success_and_the_last_amount_counts(iamport_sandbox):
    assert payment_prepare("uid1", 1_000).amount == 1_000
    assert payment_prepare("uid1", 1_000).currency == "KRW"
    assert payment_prepare("uid1", 2_000).amount == 2_000


def test_nothing_found_is_none_and_a_gateway_that_is_down_is_an_error(iamport_sandbox):
    assert find_transaction("nobody") is None
    iamport_sandbox.fail_next("payments.find_all_page", times=2, timeout=True)
    with pytest.raises(GatewayError):
        find_transaction("nobody")


def test_the_payment_that_counts_is_found_behind_a_later_failed_one(iamport_sandbox):
    payment_prepare("uid1", 1_000)
    paid = iamport_sandbox.pay(merchant_uid="uid1", amount=1_000)
    iamport_sandbox.clock.move(5)
    iamport_sandbox.decline(merchant_uid="uid1", amount=1_000)

    assert find_transaction("uid1").imp_uid == paid


def test_a_payment_whose_channel_is_not_known_is_not_answered_as_paid(iamport_sandbox):
    imp_uid = iamport_sandbox.pay(merchant_uid="uid1", amount=1_000)
    iamport_sandbox.edit(imp_uid, without=("sandbox",))

    try:
        found = find_transaction("uid1")
    except GatewayError:
        found = None

    assert found is None
