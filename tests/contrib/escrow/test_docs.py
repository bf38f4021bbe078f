"""Both pages about it name what there is."""

import re
from dataclasses import fields

import pytest

from django_iamport.contrib.escrow import rules
from django_iamport.contrib.escrow.deliveries import Person
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.contrib.escrow.rules import DeliveryStatus, EscrowStatus
from tests.project.test_docs import read

PAGES = ("docs/escrow.md", "docs/escrow.ko.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_column_word_company_and_check_is_told(page):
    told = set(re.findall(r"`([\w.]+)`", read(page)))
    columns = {field.name for field in Delivery._meta.get_fields()} - {"id"}
    words = {
        *(status.value for status in (*DeliveryStatus, *EscrowStatus)),
        *rules.REGISTERS,
        *rules.COMPANIES,
    }
    checks = {f"iamport_escrow.{name}" for name in ("E001", "E002", "W001")}
    assert (columns | words | checks | {field.name for field in fields(Person)}) - told == set()
