"""The operator reads how old somebody is, never who it is; to see payments is another permission."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.urls import include, path

from django_iamport.contrib.identity_verification.admin import IdentityVerificationAdminMixin
from tests.shop.models import IdentityVerification

pytestmark = [pytest.mark.django_db, pytest.mark.on_each_pair, pytest.mark.urls(__name__)]

site = admin.AdminSite()


@admin.register(IdentityVerification, site=site)
class IdentityVerificationAdmin(IdentityVerificationAdminMixin, admin.ModelAdmin):
    pass


urlpatterns = [
    path("admin/", site.urls),
    path("identity/", include("django_iamport.contrib.identity_verification.urls")),
]
LIST = "/admin/shop/identityverification/"


@pytest.fixture
def row(visitor, iamport_sandbox):
    row = visitor.begin()
    visitor.claim(row, iamport_sandbox.certify(row, name="김지은"))
    row.refresh_from_db()
    return row


def operator(*permissions):
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def erase(client, *chosen):
    keys = [row.pk for row in chosen]
    return client.post(LIST, {"action": "erase_chosen", "_selected_action": keys}, follow=True)


def test_it_shows_band_and_moment_and_nothing_that_leads_to_the_person(row):
    client = operator("view_identityverification")
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        page = client.get(address).content.decode()
        assert "30 to 39" in page
        assert "김지은" not in page
        assert row.unique_key_hash not in page
    assert 'name="_save"' not in page
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{row.pk}/delete/").status_code == 403


def test_who_may_view_payments_may_not_view_identities(row):
    assert operator("view_payments").get(LIST).status_code == 403


def test_erasing_is_a_permission_of_its_own(row):
    erase(operator("view_identityverification"), row)
    row.refresh_from_db()
    assert row.is_certified


def test_what_was_erased_proves_nothing_any_more(row):
    page = erase(operator("view_identityverification", "erase_identities"), row)
    assert "Verifications erased: 1" in page.content.decode()
    row.refresh_from_db()
    assert (row.unique_key_hash, row.age_band, row.is_adult, row.is_full_age_19) == ("", "", False, False)
    assert row.erased_at is not None


def test_what_the_gateway_still_keeps_is_left_and_said(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.fail_next("certifications.delete", status=500, times=2)
    visitor.claim(row, imp_uid)
    page = erase(operator("view_identityverification", "erase_identities"), row)
    assert "1 left: the gateway could not be reached" in page.content.decode()
    row.refresh_from_db()
    assert row.is_certified


def test_a_shop_that_fails_to_blank_one_keeps_that_one_alone(row, visitor, iamport_sandbox, monkeypatch):
    other = visitor.begin()
    visitor.claim(other, iamport_sandbox.certify(other))
    monkeypatch.setattr(IdentityVerification, "identity_erased", lambda one: 1 / (one.pk - other.pk))
    client = operator("view_identityverification", "erase_identities")
    page = erase(client, other, row).content.decode()
    assert "Verifications erased: 1" in page
    assert f"Nothing was changed. ({other.merchant_uid})" in page
    for one in (row, other):
        one.refresh_from_db()
    assert (row.is_certified, other.is_certified) == (False, True)


def test_it_erases_where_each_request_is_a_transaction(row, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    erase(operator("view_identityverification", "erase_identities"), row)
    row.refresh_from_db()
    assert row.erased_at is not None
