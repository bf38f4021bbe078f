"""`iamport_billing_keys`: what becomes of saved cards without anybody looking."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from django_iamport import reconciliation
from django_iamport.contrib.billing.exceptions import BillingKeyGone, BillingKeyKept
from django_iamport.exceptions import OutcomeUnknown
from tests.shop.models import BillingKey


@pytest.fixture
def sweep(capsys):
    def run(**options):
        call_command("iamport_billing_keys", json=True, **options)
        return json.loads(capsys.readouterr().out)["counted"]

    return run


def test_a_card_registered_while_the_browser_died_is_saved(user, iamport_sandbox, later, sweep):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key)
    assert sweep() == {}
    later(minutes=61)
    sweep()
    key.refresh_from_db()
    assert key.status == "active"


def test_a_registration_that_was_left_is_given_up_after_a_day(user, iamport_sandbox, later, sweep):
    key = BillingKey.objects.create_new(user)
    later(hours=23)
    sweep()
    key.refresh_from_db()
    assert key.status == "ready"
    later(hours=25)
    sweep()
    key.refresh_from_db()
    assert (key.status, key.reason) == ("failed", "abandoned")


def test_a_card_under_a_registration_that_never_was_one_is_deleted(user, iamport_sandbox, later, sweep):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, merchant_uid="somebodyelse")
    later(hours=25)
    sweep()
    key.refresh_from_db()
    assert (key.status, iamport_sandbox.billing_keys) == ("deleted", [])


def test_a_deletion_that_did_not_get_through_is_gone_on_with(key, iamport_sandbox, sweep):
    iamport_sandbox.fail_next("billing_keys.delete", timeout=True)
    with pytest.raises(OutcomeUnknown):
        key.withdraw()
    assert sweep() == {"deletions": 1}
    assert iamport_sandbox.billing_keys == []


def test_a_card_whose_owner_is_gone_is_deleted(key, user, iamport_sandbox, sweep):
    user.delete()
    sweep()
    key.refresh_from_db()
    assert (key.status, key.reason, iamport_sandbox.billing_keys) == ("deleted", "without_owner", [])


def test_keys_that_the_gateway_no_longer_knows_are_noticed_in_one_call(make_key, iamport_sandbox, sweep):
    keys = [make_key() for _ in range(3)]
    iamport_sandbox.delete_key(keys[1].customer_uid)
    iamport_sandbox.reset_calls()
    assert sweep() == {"looked_up": 3, "gone": 1}
    assert len(iamport_sandbox.calls) == 1
    assert [key.status for key in BillingKey.objects.order_by("pk")] == ["active", "gone", "active"]
    for key in (keys[0], keys[2]):
        iamport_sandbox.delete_key(key.customer_uid)
    assert sweep()["gone"] == 2


def test_a_dry_run_changes_nothing(key, iamport_sandbox, sweep):
    iamport_sandbox.delete_key(key.customer_uid)
    assert sweep(dry_run=True)["gone"] == 1
    key.refresh_from_db()
    assert key.status == "active"


def test_a_gateway_that_is_down_leaves_the_rest_for_the_next_run(key, iamport_sandbox, sweep):
    iamport_sandbox.fail_next("billing_keys.find_many", times=2, status=503)
    with pytest.raises(CommandError) as error:
        sweep()
    assert error.value.returncode == 3
    key.refresh_from_db()
    assert key.status == "active"


def test_a_copy_of_the_data_with_another_prefix_touches_nothing(key, iamport_sandbox, sweep, settings):
    settings.IAMPORT_COPIED_PREFIXES = ["test"]
    settings.IAMPORT_MERCHANT_UID_PREFIX = "copy"
    iamport_sandbox.reset_calls()
    assert sweep() == {}
    assert iamport_sandbox.calls == []


def test_the_registration_of_a_card_is_no_money_that_the_shop_knows_nothing_of(key, iamport_sandbox):
    report = reconciliation.sync(max_age=timedelta(days=1), say=lambda line: None)
    assert (report.codes, report.exit_code) == ({}, 0)


def test_money_taken_with_a_registration_is_reported(user, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.register_card(key, amount=10_000)
    key.confirm()
    assert (key.status, key.reason) == ("deleted", "forged")
    report = reconciliation.sync(max_age=timedelta(days=1), say=lambda line: None)
    assert report.unfinished == [(key.merchant_uid, "unknown_to_the_shop")]


REFUSED = {"code": -1, "message": "요청을 처리할 수 없습니다.", "response": None}


def test_a_question_about_all_cards_that_is_refused_calls_none_of_them_gone(make_key, iamport_sandbox, sweep):
    make_key(), make_key()
    iamport_sandbox.fail_next("billing_keys.find_many", body=REFUSED)
    assert sweep() == {"looked_up": 2}
    assert {key.status for key in BillingKey.objects.all()} == {"active"}


def test_a_card_whose_look_up_is_refused_with_a_code_is_asked_about_otherwise(key, iamport_sandbox):
    iamport_sandbox.fail_next("billing_keys.find", body=REFUSED)
    key.confirm()
    assert key.status == "active"


UNKNOWN = {"code": -1, "message": "요청하신 customer_uid로 등록된 정보를 찾을 수 없습니다.", "response": None}


@pytest.fixture
def gone(key, iamport_sandbox):
    """A saved card that the gateway said it did not know, though it does."""

    def make(**answer):
        iamport_sandbox.fail_next("billing_keys.find", **answer)
        if "status" not in answer:
            iamport_sandbox.fail_next("billing_keys.find_many", **answer)
        key.confirm()
        assert (key.status, key.card_number, key.is_default) == ("gone", "", False)
        return key

    return make


@pytest.mark.parametrize("answer", [{"body": UNKNOWN}, {"status": 404, "body": UNKNOWN}])
def test_a_card_that_the_gateway_knows_again_is_saved_again(gone, answer, sweep, user):
    key = gone(**answer)
    assert sweep() == {"looked_up": 1, "found_again": 1}
    key.refresh_from_db()
    assert (key.status, key.reason, key.is_default) == ("active", "", True)
    assert key.card_number.startswith("****-****-****-")
    assert [*BillingKey.objects.saved(user)] == [key]
    assert [line.event for line in key.history] == ["key_issued", "key_gone", "key_issued"]


def test_a_card_that_was_called_gone_pays_an_order_when_it_is_there(gone, order):
    assert gone(body=UNKNOWN).charge(order).status == "paid"


def test_another_card_in_the_place_of_one_that_was_gone_is_deleted_and_not_charged(
    gone, order, iamport_sandbox, sweep
):
    key = gone(body=UNKNOWN)
    iamport_sandbox.tick(minutes=5)
    iamport_sandbox.register_card(key)
    with pytest.raises(BillingKeyGone):
        key.charge(order)
    key.refresh_from_db()
    assert (key.status, key.reason, iamport_sandbox.billing_keys) == ("deleted", "replaced", [])


def test_a_card_that_stays_gone_is_asked_about_for_a_month_and_once_a_run(key, iamport_sandbox, sweep, later):
    iamport_sandbox.delete_key(key.customer_uid)
    key.confirm()
    iamport_sandbox.reset_calls()
    assert sweep() == {"looked_up": 1}
    assert len(iamport_sandbox.calls) == 1
    later(days=31)
    assert sweep() == {}


def test_a_row_whose_card_was_gone_is_deleted_after_it_was_withdrawn(gone, iamport_sandbox):
    key = gone(body=UNKNOWN)
    with pytest.raises(BillingKeyKept), transaction.atomic():
        key.delete()
    key.withdraw()
    assert (key.status, iamport_sandbox.billing_keys) == ("deleted", [])
    key.delete()


def test_an_hour_with_another_accounts_credentials_costs_nobody_his_cards(
    make_key, user, iamport_sandbox, sweep
):
    cards = [make_key() for _ in range(3)]
    iamport_sandbox.fail_next("billing_keys.find_many", status=404, body=UNKNOWN)
    iamport_sandbox.fail_next("billing_keys.find", status=404, body=UNKNOWN, times=3)
    assert sweep() == {"looked_up": 3, "gone": 3}
    assert [*BillingKey.objects.saved(user)] == []
    assert sweep() == {"looked_up": 3, "found_again": 3}
    assert {*BillingKey.objects.saved(user)} == {*cards}
    assert BillingKey.objects.default(user) == cards[0]


def test_a_card_that_comes_back_to_nobody_is_deleted(gone, user, iamport_sandbox, sweep):
    key = gone(body=UNKNOWN)
    user.delete()
    sweep()
    sweep()
    key.refresh_from_db()
    assert (key.status, key.reason, iamport_sandbox.billing_keys) == ("deleted", "without_owner", [])
