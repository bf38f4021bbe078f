"""Receivers, and what buyers wrote, go when the personal data of their payment does."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_iamport.contrib.escrow.erasing import of_payment
from tests.contrib.escrow.conftest import stored


def run(*arguments):
    out = StringIO()
    call_command("iamport_erase", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_receiver_goes_with_his_payment_and_the_parcel_stays(registered):
    type(stored()).objects.update(denied_reason="젖었어요")
    order = f"shop.Order:{registered.order_id}"
    assert run("--order", order, "--dry-run")["deliveries"] == 1
    assert stored().receiver
    assert run("--order", order)["deliveries"] == 1
    assert (stored().receiver, stored().denied_reason) == ({}, "")
    assert stored().invoice == "123-456-789"
    assert run("--order", order)["deliveries"] == 0


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_its_payment_left_behind_goes_when_the_years_are_over(registered, is_gone):
    attempts = type(registered)._base_manager.filter(pk=registered.pk)
    if is_gone:
        attempts._raw_delete(attempts.db)
    else:
        attempts.update(erased_at=timezone.now())
    type(stored()).objects.update(created=timezone.now() - timedelta(days=9 * 365))
    assert run("--expired")["deliveries"] == 1
    assert stored().receiver == {}


def test_what_is_not_over_is_kept(registered):
    type(stored()).objects.update(created=timezone.now() - timedelta(days=9 * 365))
    run("--expired")
    assert stored().receiver
    assert len(of_payment("another")[0]) == 0
