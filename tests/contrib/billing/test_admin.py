"""The operator's list of saved cards: three permissions, and nothing that is edited."""

import pytest
from django.urls import reverse

from tests.contrib.billing.desk import hire
from tests.shop.models import BillingKey

pytestmark = pytest.mark.urls("tests.contrib.billing.desk")


def address(page, key=None):
    return reverse(f"admin:shop_billingkey_{page}", args=[key.pk] if key else [])


@pytest.fixture
def desk(client):
    def open_as(*permissions):
        client.force_login(hire("park", *permissions))
        return client

    return open_as


def test_cards_are_listed_in_two_queries_more_than_none(desk, make_key, django_assert_num_queries):
    make_key(), make_key()
    staff = desk("view_billingkey")
    staff.get(address("changelist"))
    with django_assert_num_queries(6):
        page = staff.get(address("changelist")).content.decode()
    assert page.count("****-****-****-") == 2


def test_the_page_shows_the_card_and_its_history_and_no_button_to_whoever_may_only_see(desk, key):
    page = desk("view_billingkey").get(address("change", key)).content.decode()
    assert key.card_number in page
    assert "card saved" in page
    assert address("look_up", key) not in page
    assert address("withdraw", key) not in page


def test_a_card_is_looked_up_by_whoever_may_change_it(desk, key, iamport_sandbox):
    iamport_sandbox.delete_key(key.customer_uid)
    staff = desk("change_billingkey")
    assert address("look_up", key) in staff.get(address("change", key)).content.decode()
    page = staff.post(address("look_up", key), follow=True).content.decode()
    assert "unknown to the gateway" in page
    assert BillingKey.objects.get().status == "gone"
    assert "park" in page


def test_a_card_is_deleted_at_the_gateway_by_whoever_has_the_permission(desk, key, iamport_sandbox):
    staff = desk("view_billingkey", "withdraw_billing_keys")
    assert address("withdraw", key) in staff.get(address("change", key)).content.decode()
    assert key.card_number in staff.get(address("withdraw", key)).content.decode()
    assert iamport_sandbox.billing_keys == [key.customer_uid]
    page = staff.post(address("withdraw", key), follow=True).content.decode()
    assert "The card was deleted." in page
    assert iamport_sandbox.billing_keys == []


@pytest.mark.parametrize(
    ("page", "permission"),
    [
        ("changelist", "view_order"),
        ("change", "view_order"),
        ("look_up", "view_billingkey"),
        ("withdraw", "view_billingkey"),
        ("withdraw", "change_billingkey"),
        ("add", "add_billingkey"),
        ("delete", "delete_billingkey"),
    ],
)
def test_nobody_does_what_he_has_no_permission_for(desk, key, page, permission, iamport_sandbox):
    iamport_sandbox.reset_calls()
    staff = desk(permission)
    named = None if page in ("changelist", "add") else key
    assert staff.post(address(page, named)).status_code in (403, 302)
    assert BillingKey.objects.get().status == "active"
    assert iamport_sandbox.calls == []


def test_a_gateway_that_is_down_is_said(desk, key, iamport_sandbox):
    iamport_sandbox.fail_next("billing_keys.delete", timeout=True)
    staff = desk("view_billingkey", "withdraw_billing_keys")
    page = staff.post(address("withdraw", key), follow=True)
    assert page.context["messages"]
    assert BillingKey.objects.get().status == "deleting"


def test_cards_are_found_by_their_numbers_and_by_their_owner(desk, key, make_key):
    staff = desk("view_billingkey")
    for term, found in [(key.customer_uid, 1), (key.merchant_uid, 1), (str(key.user_id), 1), ("kim", 0)]:
        assert staff.get(address("changelist"), {"q": term}).context["cl"].result_count == found
