"""Both pages about it name what there is."""

import re

import pytest

from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification
from django_iamport.contrib.identity_verification.rules import Person
from tests.project.test_docs import read

PAGES = ("docs/identity-verification.md", "docs/identity-verification.ko.md")
APP = "iamport_identity_verification"


@pytest.mark.parametrize("page", PAGES)
def test_every_check_column_and_fact_of_a_person_is_told(page):
    told = set(re.findall(r"`([\w.]+)`", read(page)))
    columns = {field.name for field in AbstractIdentityVerification._meta.get_fields()}
    facts = {name for name in dir(Person) if not name.startswith("_")}
    checks = {f"{APP}.{name}" for name in ("E001", "E002", "E003", "W001")}
    assert (columns - {"claimed_imp_uid"} | facts | checks) - told == set()
