"""Real threads on real connections: one person who verifies himself for two accounts at the same moment."""

import threading
from contextlib import suppress

import pytest
from django.contrib.auth.models import User

from django_iamport.contrib.identity_verification import verification
from django_iamport.contrib.identity_verification.exceptions import IdentityRefused
from django_iamport.records.history import Origin
from tests.contrib.identity_verification.conftest import Visitor
from tests.payments.test_at_once import at_once, real_connections
from tests.shop.models import IdentityVerification

__all__ = ["real_connections"]

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# Seconds for which the first waits in the hook whether another one comes in.
PATIENCE = 0.5


def test_of_two_accounts_of_one_person_the_second_finds_the_first(iamport_sandbox, hook):
    door = threading.Barrier(2, timeout=PATIENCE)

    def one_account_each(row, person):
        is_known = row.others_of(person).exists()
        with suppress(threading.BrokenBarrierError):
            door.wait()
        if is_known:
            raise IdentityRefused("known")

    hook(one_account_each)
    begun = [Visitor(User.objects.create_user(name)).begin() for name in ("kim", "lee")]

    def accept(row):
        imp_uid = iamport_sandbox.certify(row, name="김지은")
        return lambda: verification.accept(row, imp_uid, origin=Origin("code")).status

    assert sorted(at_once(*map(accept, begun))) == ["certified", "rejected"]
    assert IdentityVerification.objects.exclude(unique_key_hash="").count() == 1


def test_two_persons_do_not_wait_for_each_other_to_the_end(iamport_sandbox, hook):
    told = []
    hook(lambda row, person: told.append((person.name, row.others_of(person).count())))
    begun = [Visitor(User.objects.create_user(name)).begin() for name in ("kim", "lee", "park")]

    def accept(row, name):
        imp_uid = iamport_sandbox.certify(row, name=name)
        return lambda: verification.accept(row, imp_uid, origin=Origin("code")).status

    jobs = [accept(row, name) for row, name in zip(begun, ("김지은", "이서준", "박하나"), strict=True)]
    assert at_once(*jobs) == ["certified"] * 3
    assert {count for _name, count in told} == {0}
