"""What a shop forgot is told before a customer meets it."""

from django.db import connections
from django.test.utils import isolate_apps

from django_iamport.contrib.identity_verification import checks
from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification

APP = "iamport_identity_verification"


def ids(messages):
    return [message.id.removeprefix(f"{APP}.") for message in messages]


def test_a_shop_that_is_set_up_hears_nothing():
    assert ids(checks.check_identity_models()) == []
    assert ids(checks.check_identity_urls()) == []


def test_a_shop_without_a_model_or_without_addresses_is_told(settings, monkeypatch):
    monkeypatch.setattr(checks, "verification_models", list)
    assert ids(checks.check_identity_models()) == ["E001"]
    settings.ROOT_URLCONF = "tests.contrib.identity_verification.test_checks"
    assert ids(checks.check_identity_urls()) == ["W001"]


urlpatterns = []


@isolate_apps("tests.shop")
def test_a_model_that_lost_its_constraints_is_told(monkeypatch):
    class Plain(AbstractIdentityVerification):
        class Meta:
            app_label = "shop"

    monkeypatch.setattr(checks, "verification_models", lambda: [Plain])
    assert ids(checks.check_identity_models()) == ["E002"]


def test_a_router_that_parts_it_from_its_history_is_told(settings, monkeypatch):
    class Router:
        def db_for_write(self, model, **hints):
            return "other" if model.__name__ == "IdentityVerification" else "default"

    assert "default" in connections
    monkeypatch.setattr("django.db.router.routers", [Router()])
    assert ids(checks.check_identity_models()) == ["E003"]
