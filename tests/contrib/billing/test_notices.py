"""The gateway's notice of a registration saves the card, though the customer's browser came back to nobody."""

from django.urls import reverse

from tests.shop.models import BillingKey


def post(client, key, imp_uid="imp_123456789012"):
    told = {"merchant_uid": key.merchant_uid, "imp_uid": imp_uid, "status": "paid"}
    return client.post(reverse("iamport:webhook"), told, "application/json")


def test_a_notice_saves_the_card(user, client, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    imp_uid = iamport_sandbox.register_card(key)
    assert post(client, key, imp_uid).json() == {"status": "stored"}
    key.refresh_from_db()
    assert (key.status, key.is_default, key.history.last().source) == ("active", True, "webhook")
    iamport_sandbox.reset_calls()
    assert post(client, key, imp_uid).status_code == 200
    assert iamport_sandbox.calls == []


def test_anybody_may_send_one_and_saves_nothing_with_it(user, client, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    assert post(client, key).json() == {"status": "stored"}
    key.refresh_from_db()
    assert key.status == "ready"


def test_a_flood_of_them_asks_within_the_budget(user, client, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    answers = [post(client, key).status_code for _ in range(40)]
    assert {200, 503} == {*answers}
    assert len(iamport_sandbox.calls) < 80


def test_where_the_gateway_is_down_another_delivery_is_asked_for(user, client, iamport_sandbox):
    key = BillingKey.objects.create_new(user)
    iamport_sandbox.fail_next("every", times=10, status=503)
    assert post(client, key).status_code == 503


def test_a_copy_of_the_data_asks_nothing(user, client, iamport_sandbox, settings):
    key = BillingKey.objects.create_new(user)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "copy"
    iamport_sandbox.reset_calls()
    assert post(client, key).json() == {"status": "ignored"}
    assert iamport_sandbox.calls == []


def test_the_window_is_told_where_to_send_it(user, settings):
    settings.IAMPORT_SITE_URL = "https://shop.example"
    asked = BillingKey.objects.create_new(user).request_pay()
    assert asked["notice_url"].startswith("https://shop.example/")
