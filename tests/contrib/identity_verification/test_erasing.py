"""What is forgotten, when a person asks, when the years are over, and by itself."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_iamport.client import NotFound
from django_iamport.contrib.identity_verification import verification
from django_iamport.gateway import certifications
from django_iamport.models import History
from django_iamport.records.history import Origin
from tests.contrib.identity_verification.conftest import Visitor
from tests.shop.models import IdentityVerification

pytestmark = pytest.mark.django_db


def run(command, *arguments):
    """Exit status, and what was told."""
    out, code = StringIO(), 0
    try:
        call_command(command, *arguments, "--json", stdout=out)
    except CommandError as error:
        code = error.returncode
    return code, json.loads(out.getvalue())


@pytest.fixture
def kim(db):
    return User.objects.create_user("kim")


@pytest.fixture
def certified(kim, iamport_sandbox):
    """Of Kim, and of a guest."""
    rows = []
    for visitor in (Visitor(kim), Visitor()):
        row = visitor.begin()
        visitor.claim(row, iamport_sandbox.certify(row, name=str(visitor)))
        row.refresh_from_db()
        rows.append(row)
    return rows


def held():
    return [
        *IdentityVerification.objects.exclude(unique_key_hash="").values_list("user__username", flat=True)
    ]


def test_a_persons_verifications_are_erased_with_the_rest(certified, kim, monkeypatch):
    erased = []
    monkeypatch.setattr(IdentityVerification, "identity_erased", lambda row: erased.append(row))
    assert run("iamport_erase", "--user", str(kim.pk), "--dry-run")[1]["identity_verifications"] == 1
    assert len(held()) == 2
    assert run("iamport_erase", "--user", str(kim.pk))[1]["identity_verifications"] == 1
    assert held() == [None]
    assert erased == certified[:1]
    lines = History.objects.of(certified[0].merchant_uid)
    assert [(line.event, line.by) for line in lines] == [
        ("identity_certified", "customer"),
        ("identity_deleted", "customer"),
        ("erased", ""),
    ]


def test_what_is_older_than_the_years_that_count_is_erased(certified):
    row = certified[1]
    old = timezone.now() - timedelta(days=5 * 366)
    IdentityVerification.objects.filter(pk=row.pk).update(created=old)
    assert run("iamport_erase", "--expired")[1]["identity_verifications"] == 1
    assert held() == ["kim"]
    assert run("iamport_erase", "--expired")[1]["identity_verifications"] == 0


def test_what_the_gateway_could_not_be_asked_to_delete_is_kept_and_named(visitor, kim, iamport_sandbox):
    visitor = Visitor(kim)
    row = visitor.begin()
    iamport_sandbox.fail_next("certifications.delete", status=500, times=2)
    visitor.claim(row, iamport_sandbox.certify(row))
    code, told = run("iamport_erase", "--user", str(kim.pk))
    assert (code, told["kept"]) == (3, {row.merchant_uid: "certification_kept"})
    assert held() == ["kim"]


def test_what_the_gateway_was_not_reached_to_delete_is_deleted_later(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.fail_next("certifications.delete", status=500, times=2)
    visitor.claim(row, imp_uid)
    assert run("iamport_forget_identities") == (3, counts(left_at_gateway=1))
    assert run("iamport_forget_identities") == (0, counts(deleted_at_gateway=1))
    with pytest.raises(NotFound):
        certifications.find(imp_uid)
    assert run("iamport_forget_identities") == (0, counts())


def test_one_that_was_deleted_though_its_answer_was_lost_is_deleted(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.fail_next("certifications.delete", timeout=True, after=True)
    visitor.claim(row, imp_uid)
    row.refresh_from_db()
    assert row.deleted_at is None
    assert run("iamport_forget_identities") == (0, counts(deleted_at_gateway=1))


def test_what_came_to_nothing_is_cleaned_away_and_what_is_under_way_is_not(visitor, iamport_sandbox, later):
    nothing, elsewhere = visitor.begin(), Visitor()
    left = elsewhere.begin()
    imp_uid = iamport_sandbox.certify(left)
    Visitor().come_back(elsewhere.params["m_redirect_url"], imp_uid)
    assert run("iamport_forget_identities") == (0, counts())
    later(hours=2)
    assert run("iamport_forget_identities", "--dry-run")[1]["abandoned"] == 1
    assert run("iamport_forget_identities") == (0, counts(deleted_at_gateway=1, abandoned=2))
    assert nothing not in IdentityVerification.objects.all()
    with pytest.raises(NotFound):
        certifications.find(imp_uid)


def test_a_claim_deletes_nothing_at_the_gateway_that_is_somebody_elses(visitor, iamport_sandbox, later):
    visitor.begin()
    imp_uid = iamport_sandbox.certify(Visitor().begin())
    Visitor().come_back(visitor.params["m_redirect_url"], imp_uid)
    later(hours=2)
    assert run("iamport_forget_identities") == (0, counts(abandoned=2))
    assert certifications.find(imp_uid).certified is not None


@pytest.mark.parametrize("hindrance", ["hook", "gateway", "channel", "too late"])
def test_what_was_certified_and_never_accepted_is_deleted_too(
    visitor, iamport_sandbox, later, hook, settings, hindrance
):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    if hindrance == "hook":
        hook(lambda row, person: 1 / 0)
    elif hindrance == "gateway":
        iamport_sandbox.fail_next("certifications.find", status=500)
    elif hindrance == "channel":
        settings.IAMPORT_CHANNELS = {"identity": {"pg_provider": "another"}}
    else:
        later(hours=2)
    assert visitor.claim(row, imp_uid).status_code in {409, 503}
    later(hours=2)
    assert run("iamport_forget_identities") == (0, counts(deleted_at_gateway=1, abandoned=1))
    with pytest.raises(NotFound):
        certifications.find(imp_uid)


@pytest.mark.parametrize("moment", ["before", "while it is looked up"])
def test_what_was_erased_before_its_end_is_not_accepted(visitor, iamport_sandbox, known, moment):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    erased = lambda: verification.erase(row, origin=Origin("admin"))  # noqa: E731
    if moment == "before":
        erased()
    else:
        iamport_sandbox.meanwhile("certifications.find", erased)
    answer = visitor.claim(row, imp_uid)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "identity_expired")
    assert known == []


def counts(**told):
    nothing = {"dry_run": False, "deleted_at_gateway": 0, "left_at_gateway": 0, "abandoned": 0}
    return {**nothing, **told}
