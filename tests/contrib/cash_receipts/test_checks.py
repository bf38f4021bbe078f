"""What a shop that issues cash receipts forgot is told before a customer meets it."""

import pytest

from django_iamport.contrib.cash_receipts import checks

APP = "iamport_cash_receipts"
urlpatterns = []


def ids(messages):
    return [message.id.removeprefix(f"{APP}.") for message in messages]


def test_a_shop_that_is_set_up_hears_nothing(settings):
    settings.IAMPORT_CASH_RECEIPT_FIELDS = {"corp_reg_no": "1208147521"}
    for check in (checks.check_cash_receipt_settings, checks.check_cash_receipt_models):
        assert ids(check()) == []
    assert ids(checks.check_cash_receipt_urls()) == []


@pytest.mark.parametrize("value", ["1208147521", {"identifier": "x"}, {"corp_reg_no": 1208147521}, None])
def test_fields_that_are_not_sent_are_told(settings, value):
    settings.IAMPORT_CASH_RECEIPT_FIELDS = value
    assert ids(checks.check_cash_receipt_settings()) == ["E001"]


def test_a_shop_without_the_address_is_told(settings):
    settings.ROOT_URLCONF = "tests.contrib.cash_receipts.test_checks"
    assert ids(checks.check_cash_receipt_urls()) == ["W001"]


def test_a_router_that_parts_it_from_its_history_is_told(monkeypatch):
    class Router:
        def db_for_write(self, model, **hints):
            return "other" if model.__name__ == "CashReceipt" else "default"

    monkeypatch.setattr("django.db.router.routers", [Router()])
    assert ids(checks.check_cash_receipt_models()) == ["E002"]
