"""A shop that verifies identities, as mypy --strict sees it; never run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from typing_extensions import assert_type

from django_iamport import views
from django_iamport.contrib.identity_verification.access import verification_of
from django_iamport.contrib.identity_verification.admin import IdentityVerificationAdminMixin
from django_iamport.contrib.identity_verification.codes import IdentityCodeView
from django_iamport.contrib.identity_verification.exceptions import IdentityRefused
from django_iamport.contrib.identity_verification.models import AbstractIdentityVerification
from django_iamport.contrib.identity_verification.rules import Person, is_adult
from django_iamport.contrib.identity_verification.views import IdentityBeginView, IdentityDemandMixin


class Verification(AbstractIdentityVerification):
    birthday = models.DateField(null=True)

    class Meta(AbstractIdentityVerification.Meta):
        app_label = "shop"

    def identity_verified(self, person: Person) -> None:
        assert_type(person.birthday, date)
        assert_type(person.foreigner, bool | None)
        assert_type(self.others_of(person), QuerySet[Any])
        if not person.is_adult:
            raise IdentityRefused("minor")
        self.birthday = person.birthday

    def identity_erased(self) -> None:
        self.birthday = None


class VerificationAdmin(IdentityVerificationAdminMixin, admin.ModelAdmin[Verification]):
    list_filter = ("status",)


class Begin(IdentityBeginView):
    model = Verification
    channel_name = "danal"

    def get_window_parameters(self, row: AbstractIdentityVerification) -> dict[str, Any]:
        return {"min_age": 19}


class Code(IdentityCodeView):
    model = Verification

    def get_code_parameters(self, row: AbstractIdentityVerification) -> dict[str, Any]:
        return {"company": "Tea"}


class AdultsOnly(IdentityDemandMixin):
    identity_model = Verification
    identity_within = timedelta(days=365)

    def needs_identity(self) -> bool:
        return True

    def accepts_identity(self, found: AbstractIdentityVerification) -> bool:
        return found.is_full_age_19


class Order(AdultsOnly, views.OrderCreateView):
    pass


class OrderAjax(AdultsOnly, views.OrderCreateAjaxView):
    pass


def ask(request: HttpRequest) -> bool:
    found = verification_of(request, model=Verification, within=timedelta(hours=1))
    assert_type(found, Verification | None)
    assert_type(verification_of(request), AbstractIdentityVerification | None)
    return found is not None and found.is_adult and is_adult(date(2000, 1, 1), date(2026, 1, 1))
