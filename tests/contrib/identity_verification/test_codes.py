"""Without a window: a code to the telephone, confirmed, looked up and accepted once, as the window's answer is."""

import json
import logging

import pytest
from django.contrib.auth.models import User
from django.urls import include, path

from django_iamport.client import NotFound
from django_iamport.contrib.identity_verification.codes import IdentityCodeView, IdentityConfirmationView
from django_iamport.gateway import certifications
from django_iamport.sandbox.rules.channels import CERTIFICATION
from django_iamport.sandbox.rules.services.otp import CODE, UNKNOWN_PHONE
from tests.contrib.identity_verification.conftest import Visitor
from tests.error_mail import BrokenHook, broken, values_in_djangos_report
from tests.shop.models import IdentityVerification

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

urlpatterns = [
    path("identity/code/", IdentityCodeView.as_view()),
    path("identity/confirmation/", IdentityConfirmationView.as_view()),
    path("identity/", include("django_iamport.contrib.identity_verification.urls")),
]
PHONE = "010-1234-5678"
KIM = {"name": "김지은", "birth": "950314", "gender_digit": "2", "phone": PHONE, "carrier": "SKT"}


@pytest.fixture(autouse=True)
def channel(iamport_sandbox, settings):
    key = iamport_sandbox.account.channels.usual(CERTIFICATION).key
    settings.IAMPORT_CHANNELS = {"identity": {"channelKey": key}}


def ask(visitor, **changed):
    answer = visitor.post("code", **{**KIM, **changed})
    assert answer.status_code == 200, answer.content
    return IdentityVerification.objects.get(merchant_uid=answer.json()["merchant_uid"])


def confirm(visitor, row, code=CODE):
    return visitor.post("confirmation", merchant_uid=row.merchant_uid, code=code)


def told(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_whoever_has_the_code_is_verified_once_and_forgotten_at_the_gateway(visitor, known):
    row = ask(visitor)
    imp_uid = row.claimed_imp_uid
    for _ in range(2):
        assert confirm(visitor, row).json() == {"status": "certified", "merchant_uid": row.merchant_uid}
    row.refresh_from_db()
    assert (row.imp_uid, row.claimed_imp_uid, row.is_adult) == (imp_uid, "", True)
    assert [(person.name, person.phone) for person in known] == [("김지은", "01012345678")]
    with pytest.raises(NotFound):
        certifications.find(imp_uid)


def test_a_wrong_code_can_be_corrected(visitor):
    row = ask(visitor)
    assert told(confirm(visitor, row, "000000")) == (409, "identity_code_wrong")
    assert confirm(visitor, row).status_code == 200


def test_a_confirmation_whose_answer_was_lost_is_looked_up(visitor, iamport_sandbox):
    row = ask(visitor)
    iamport_sandbox.fail_next("certifications.confirm_otp", disconnect=True, after=True)
    assert confirm(visitor, row).json()["status"] == "certified"


def test_nobody_confirms_what_somebody_else_began(visitor):
    row = ask(visitor)
    assert told(confirm(Visitor(), row)) == (404, "identity_not_found")
    assert told(confirm(visitor, visitor.begin())) == (409, "identity_code_wrong"), "no code was sent"


@pytest.mark.parametrize(
    "changed",
    [{"phone": UNKNOWN_PHONE}, {"phone": "02-123-4567"}, {"birth": "1995"}, {"carrier": "?"}, {"name": ""}],
)
def test_a_person_who_can_not_be_is_sent_no_code(visitor, changed):
    answer = visitor.post("code", **{**KIM, **changed})
    assert told(answer) == (409, "identity_code_refused")


def test_a_telephone_is_sent_only_so_many_codes_whoever_asks(settings, db):
    settings.IAMPORT_ORDER_BUDGET = (2, 300)
    kim, lee = (Visitor(User.objects.create_user(name)) for name in ("kim", "lee"))
    assert [each.post("code", **KIM).status_code for each in (kim, lee, Visitor())] == [200, 200, 429]


def test_a_code_needs_a_channel(visitor, settings):
    settings.IAMPORT_CHANNELS = {}
    assert told(visitor.post("code", **KIM)) == (400, "channel_unknown")


def test_no_log_and_no_error_report_names_the_person_or_the_code(visitor, caplog, monkeypatch, rf):
    caplog.set_level(logging.DEBUG)
    row = ask(visitor)
    confirm(visitor, row, "654321")
    monkeypatch.setattr(certifications, "client", broken)
    view = IdentityCodeView()
    view.setup(rf.post("/", json.dumps(KIM), "application/json"))
    view.data = KIM
    view.request.user = User.objects.create_user("kim")
    with pytest.raises(BrokenHook) as failure:
        view.post(view.request)
    for text in (caplog.text, values_in_djangos_report(failure.value)):
        assert [
            one for one in ("김지은", "950314", "12345678", "654321") if one in text.replace("-", "")
        ] == []
