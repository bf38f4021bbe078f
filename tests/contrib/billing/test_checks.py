"""What is wrong with a shop's saved cards is said before anybody registers one."""

import re
from pathlib import Path

import pytest
from django.db import models
from django.test.utils import isolate_apps

from django_iamport.contrib.billing import checks
from django_iamport.contrib.billing.models import AbstractBillingKey
from tests.shop.models import BillingKey

ROOT = Path(__file__).resolve().parents[3]


def ids(found):
    return sorted(message.id for message in found)


def test_the_tests_shop_is_as_it_should_be():
    assert checks.check_billing_key_models() == checks.check_billing_urls() == []


def test_a_project_without_a_model_is_told(monkeypatch):
    monkeypatch.setattr(checks, "billing_key_models", list)
    assert ids(checks.check_billing_key_models()) == ["iamport_billing.E001"]


def test_a_project_without_the_addresses_is_told(settings):
    settings.ROOT_URLCONF = "django_iamport.sandbox.urls"
    assert ids(checks.check_billing_urls()) == ["iamport_billing.E006"]


@isolate_apps("tests.shop")
def test_a_plain_meta_and_manager_are_told(monkeypatch):
    class Plain(AbstractBillingKey):
        objects = models.Manager()

        class Meta:
            app_label = "shop"

    monkeypatch.setattr(checks, "billing_key_models", lambda: [Plain])
    told = ["iamport_billing.E002", "iamport_billing.E003", "iamport_billing.W005"]
    assert ids(checks.check_billing_key_models()) == told


def test_another_database_than_the_historys_is_told(monkeypatch):
    monkeypatch.setattr(
        checks.router, "db_for_write", lambda model, **hints: "cards" if model is BillingKey else "default"
    )
    assert ids(checks.check_billing_key_models()) == ["iamport_billing.E004"]


@pytest.mark.parametrize("page", ["billing-keys.md", "billing-keys.ko.md"])
def test_every_check_is_explained(page):
    known = set(re.findall(r'"(iamport_billing\.[EW]\d+)"', Path(checks.__file__).read_text("utf-8")))
    told = re.findall(
        r"^\| `(iamport_billing\.[EW]\d+)`", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE
    )
    assert sorted(told) == sorted(known)
