"""`iamport_erase` reaches saved cards, at the gateway, too."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.shop.models import BillingKey


@pytest.fixture
def erase(capsys):
    def run(**options):
        call_command("iamport_erase", json=True, **options)
        return json.loads(capsys.readouterr().out)["saved_cards"]

    return run


def test_a_users_cards_are_deleted_at_the_gateway_and_nobodys_here(make_key, user, iamport_sandbox, erase):
    saved, withdrawn = make_key(), make_key()
    withdrawn.withdraw(reason="Kim moved to Busan", by=user)
    assert erase(user=str(user.pk), dry_run=True) == 2
    assert len(iamport_sandbox.billing_keys) == 1
    assert erase(user=str(user.pk)) == 2
    assert iamport_sandbox.billing_keys == []
    stored = str([*BillingKey.objects.values()]) + str([*saved.history.values(), *withdrawn.history.values()])
    assert "Busan" not in stored
    assert saved.card_number not in stored
    assert f"customer:{user.pk}" not in stored
    assert {key.user for key in BillingKey.objects.all()} == {None}


def test_a_card_that_could_not_be_deleted_is_left_and_said(key, user, iamport_sandbox, erase):
    iamport_sandbox.fail_next("billing_keys.delete", timeout=True)
    with pytest.raises(CommandError) as error:
        erase(user=str(user.pk))
    assert error.value.returncode == 3
    key.refresh_from_db()
    assert (key.status, key.user) == ("deleting", user)


def test_what_ended_years_ago_is_blanked_and_a_saved_card_stays(make_key, iamport_sandbox, erase):
    saved, withdrawn = make_key(), make_key()
    withdrawn.withdraw()
    BillingKey.objects.update(modified=timezone.now() - timedelta(days=6 * 366))
    assert erase(expired=True) == 1
    withdrawn.refresh_from_db()
    saved.refresh_from_db()
    assert (withdrawn.user, saved.is_chargeable) == (None, True)


def test_a_card_that_was_called_gone_is_deleted_at_the_gateway_all_the_same(
    key, user, iamport_sandbox, erase
):
    refused = {"code": -1, "message": "요청을 처리할 수 없습니다.", "response": None}
    iamport_sandbox.fail_next("billing_keys.find", body=refused)
    iamport_sandbox.fail_next("billing_keys.find_many", body=refused)
    key.confirm()
    assert key.status == "gone"
    assert erase(user=str(user.pk)) == 1
    key.refresh_from_db()
    assert (key.status, key.user, iamport_sandbox.billing_keys) == ("deleted", None, [])


def test_one_that_was_gone_for_years_is_blanked(key, iamport_sandbox, erase):
    iamport_sandbox.delete_key(key.customer_uid)
    key.confirm()
    BillingKey.objects.update(modified=timezone.now() - timedelta(days=6 * 366))
    assert erase(expired=True) == 1
    key.refresh_from_db()
    assert key.user is None
