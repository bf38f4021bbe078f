"""Fields that leave plain Django classes in a shop's migrations."""

import pytest
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps
from django.utils import timezone
from django.utils.functional import Promise
from model_utils import Choices

from django_iamport.records.fields import GatewayStatusField, HeardAtField
from tests.shop.models import (
    BillingKey,
    IdentityVerification,
    Order,
    OrderItem,
    OrderTransaction,
    Renewal,
    Subscription,
)


@pytest.mark.parametrize("model", [Order, OrderItem, OrderTransaction])
def test_every_field_is_written_as_one_of_djangos_own(model):
    for field in model._meta.local_fields:
        text, imports = MigrationWriter.serialize(field)
        assert text.startswith("models."), field
        assert not any("iamport" in line or "model_utils" in line for line in imports), field


def test_a_new_word_for_a_status_is_no_change_of_the_schema():
    _, _, _, kwargs = OrderTransaction._meta.get_field("status").deconstruct()

    assert "choices" not in kwargs
    assert kwargs["max_length"] == 20


@pytest.mark.parametrize(
    "model", [Order, OrderItem, OrderTransaction, BillingKey, IdentityVerification, Subscription, Renewal]
)
def test_a_new_label_of_a_column_is_none_either_and_labels_are_shown(model):
    labelled = [field for field in model._meta.local_fields if isinstance(field.verbose_name, Promise)]

    assert labelled
    assert [field.name for field in labelled if "verbose_name" in field.deconstruct()[3]] == []


@pytest.mark.parametrize("name", ["status", "heard_at", "created", "modified"])
def test_a_field_survives_its_clone(name):
    field = OrderTransaction._meta.get_field(name)

    assert type(field.clone()) is type(field)
    assert field.clone().deconstruct()[1:] == field.deconstruct()[1:]


@isolate_apps("tests.shop")
def test_copies_of_a_model_need_not_carry_the_words():
    class Copy(models.Model):
        status = GatewayStatusField(max_length=20, default="ready")
        heard_at = HeardAtField(monitor="status")

        class Meta:
            app_label = "shop"

    assert Copy(status="anything").status == "anything"


def test_the_words_are_shown_to_people():
    assert OrderTransaction(status="paid").get_status_display() == "paid"
    assert isinstance(OrderTransaction.STATUS, Choices)


def test_heard_at_is_the_shops_clock_and_moves_with_the_status_only(attempt, iamport_sandbox, confirm, later):
    made = attempt.heard_at
    later(hours=1)
    imp_uid = iamport_sandbox.open(attempt)
    assert confirm(attempt, imp_uid).heard_at == made

    iamport_sandbox.approve(imp_uid)
    row = confirm(attempt, imp_uid)

    assert row.heard_at > made
    assert row.paid_at < row.heard_at <= timezone.now()


def test_the_gateways_moments_are_the_gateways(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    an_hour_ago = iamport_sandbox.payment(imp_uid)["paid_at"] - 3600
    iamport_sandbox.edit(imp_uid, paid_at=an_hour_ago)

    row = confirm(attempt, imp_uid)

    assert int(row.paid_at.timestamp()) == an_hour_ago
    assert row.paid_at < row.verified_at
