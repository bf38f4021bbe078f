"""What a shop forgot is told before a parcel leaves."""

from django_iamport.contrib.escrow import checks

APP = "iamport_escrow"


def ids(messages):
    return [message.id.removeprefix(f"{APP}.") for message in messages]


def test_a_shop_that_is_set_up_hears_nothing():
    assert ids(checks.check_escrow_settings()) == []
    assert ids(checks.check_escrow_models()) == []


def test_a_sender_that_is_missing_or_misspelt_is_told(settings):
    settings.IAMPORT_ESCROW_SENDER = {}
    assert ids(checks.check_escrow_settings()) == ["W001"]
    for wrong in ({"phone": "02-1"}, {"tel": 2}, "Tea shop"):
        settings.IAMPORT_ESCROW_SENDER = wrong
        assert ids(checks.check_escrow_settings()) == ["E001"]


def test_a_router_that_parts_it_from_its_history_is_told(monkeypatch):
    class Router:
        def db_for_write(self, model, **hints):
            return "other" if model.__name__ == "Delivery" else "default"

    monkeypatch.setattr("django.db.router.routers", [Router()])
    assert ids(checks.check_escrow_models()) == ["E002"]
