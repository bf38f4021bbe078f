"""From the button to the stored verification; whoever did not begin it gets nothing out of it."""

import logging
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from django_iamport.client import NotFound
from django_iamport.contrib.identity_verification import verification
from django_iamport.contrib.identity_verification.access import verification_of
from django_iamport.contrib.identity_verification.exceptions import IdentityRefused
from django_iamport.exceptions import InTransaction
from django_iamport.gateway import certifications
from django_iamport.models import History
from django_iamport.records.history import Origin
from tests.contrib.identity_verification.conftest import Visitor
from tests.error_mail import broken, error_mails
from tests.shop.models import IdentityVerification

pytestmark = [pytest.mark.django_db]

MINOR = date(2015, 3, 14)


def code(response):
    return response.status_code, response.json()["error"]["code"]


def events(row):
    return [line.event for line in History.objects.of(row.merchant_uid)]


@pytest.fixture
def kim(db):
    return User.objects.create_user("kim")


def test_a_verified_visitor_is_stored_as_a_keyed_hash_an_age_band_and_a_moment(
    visitor, iamport_sandbox, known
):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row, name="김지은", birthday=date(1995, 3, 14), phone="01012345678")
    answer = visitor.claim(row, imp_uid)
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "certified", "merchant_uid": row.merchant_uid},
    )
    row.refresh_from_db()
    assert (row.status, row.imp_uid, row.age_band) == ("certified", imp_uid, "30_to_39")
    assert (row.is_adult, row.is_full_age_19) == (True, True)
    assert len(row.unique_key_hash) == 64
    stored = " ".join(map(str, IdentityVerification.objects.values_list().get(pk=row.pk)))
    (person,) = known
    for told in (person.name, "1995", person.phone, person.unique_key, person.unique_in_site):
        assert told
        assert told not in stored


def test_the_hook_is_told_who_it_is_once_however_often_it_is_claimed(visitor, iamport_sandbox, known):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row, name="김지은", phone="01012345678")
    for _ in range(3):
        assert visitor.claim(row, imp_uid).json()["status"] == "certified"
    visitor.come_back(visitor.params["m_redirect_url"], imp_uid)
    (person,) = known
    assert (person.name, person.birthday, person.gender) == ("김지은", date(1995, 3, 14), "female")
    assert (person.phone, len(person.unique_key), bool(person.unique_in_site)) == ("01012345678", 88, True)
    assert events(row) == ["identity_certified", "identity_deleted"]


def test_the_gateway_forgets_it_after_use(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    visitor.claim(row, imp_uid)
    with pytest.raises(NotFound):
        certifications.find(imp_uid)
    row.refresh_from_db()
    assert row.deleted_at is not None


def test_a_visitor_is_verified_though_the_gateway_can_not_delete_it_now(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.fail_next("certifications.delete", status=500)
    assert visitor.claim(row, imp_uid).json()["status"] == "certified"
    row.refresh_from_db()
    assert row.deleted_at is None
    assert certifications.find(imp_uid).certified is not None


def test_a_verification_of_somebody_elses_attempt_is_worth_nothing(visitor, iamport_sandbox, known):
    adults, own = Visitor().begin(), visitor.begin()
    imp_uid = iamport_sandbox.certify(adults)
    assert code(visitor.claim(own, imp_uid)) == (409, "identity_foreign")
    assert code(visitor.claim(adults, imp_uid)) == (404, "identity_not_found")
    assert known == []
    assert not IdentityVerification.objects.exclude(status="ready").exists()


def test_one_that_was_accepted_once_is_worth_nothing_for_the_next(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.fail_next("certifications.delete", status=500)
    visitor.claim(row, imp_uid)
    assert code(visitor.claim(visitor.begin(), imp_uid)) == (409, "identity_foreign")


def test_what_a_user_began_is_that_users_in_any_browser_and_nobody_elses(kim, iamport_sandbox):
    row = Visitor(kim).begin()
    imp_uid = iamport_sandbox.certify(row)
    for other in (Visitor(), Visitor(User.objects.create_user("lee"))):
        assert code(other.claim(row, imp_uid)) == (404, "identity_not_found")
    assert Visitor(kim).claim(row, imp_uid).status_code == 200


def test_what_a_guest_began_is_not_the_users_who_signs_in_there(visitor, kim, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    visitor.client.force_login(kim)
    assert code(visitor.claim(row, imp_uid)) == (404, "identity_not_found")


def test_a_closed_window_is_not_yet_a_verification_and_can_still_become_one(visitor, iamport_sandbox):
    row = visitor.begin()
    for imp_uid in (iamport_sandbox.open_identity(row), "imp_000000000000", ""):
        answer = visitor.claim(row, imp_uid)
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert visitor.claim(row, iamport_sandbox.certify(row)).json()["status"] == "certified"


def test_one_that_was_begun_long_ago_is_not_accepted(visitor, iamport_sandbox, later):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    later(hours=2)
    assert code(visitor.claim(row, imp_uid)) == (409, "identity_expired")


def test_an_answer_of_before_it_was_begun_is_not_accepted(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    answer = iamport_sandbox.account.store.get("certification", imp_uid)
    before = {**answer, "certified_at": answer["certified_at"] - 3600}
    iamport_sandbox.account.store.put("certification", imp_uid, before)
    assert code(visitor.claim(row, imp_uid)) == (409, "identity_foreign")


def test_another_company_than_the_channels_is_not_accepted(visitor, iamport_sandbox, settings):
    settings.IAMPORT_CHANNELS = {"identity": {"pg": "danal", "pg_provider": "another"}}
    row = visitor.begin()
    assert visitor.params["pg"] == "danal"
    assert code(visitor.claim(row, iamport_sandbox.certify(row))) == (409, "identity_foreign")


def test_an_answer_that_proves_nobody_changes_nothing(visitor, iamport_sandbox):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    stored = iamport_sandbox.account.store
    for lost in ("unique_key", "birthday"):
        whole = stored.get("certification", imp_uid)
        stored.put("certification", imp_uid, {**whole, lost: None})
        assert code(visitor.claim(row, imp_uid)) == (503, "gateway_unexpected_answer")
        stored.put("certification", imp_uid, whole)
    assert visitor.claim(row, imp_uid).status_code == 200


def test_a_person_whom_the_shop_refuses_is_not_kept(visitor, iamport_sandbox, hook, monkeypatch):
    def refuse(row, person):
        row.user = User.objects.create_user(person.name)
        if not person.is_adult:
            raise IdentityRefused("minor")

    hook(refuse)
    monkeypatch.setattr(IdentityVerification, "REJECT_REASONS", {"minor": "Adults only."})
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row, birthday=MINOR)
    for _ in range(2):
        answer = visitor.claim(row, imp_uid)
        assert code(answer) == (409, "identity_refused")
        assert answer.json()["error"]["message"] == "Adults only."
    row.refresh_from_db()
    assert (row.status, row.reject_reason, row.unique_key_hash, row.age_band) == ("rejected", "minor", "", "")
    assert not row.is_adult
    assert row.deleted_at is not None
    assert row.user_id is None
    assert not User.objects.exists()
    assert events(row) == ["identity_rejected", "identity_deleted"]


def test_a_hook_that_fails_undoes_the_step_and_is_asked_again(visitor, iamport_sandbox, hook):
    told = []

    def fail_once(row, person):
        told.append(person)
        User.objects.create_user(f"{len(told)}")
        if len(told) == 1:
            raise KeyError(person.name)

    hook(fail_once)
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    assert code(visitor.claim(row, imp_uid)) == (503, "receiver_failed")
    assert visitor.claim(row, imp_uid).status_code == 200
    assert [user.username for user in User.objects.all()] == ["2"]


def test_the_same_person_is_known_again_under_a_former_secret_key_too(
    visitor, iamport_sandbox, hook, settings
):
    others = []
    hook(lambda row, person: others.append(row.others_of(person).count()))
    for name in ("김지은", "김지은", "박서준"):
        row = visitor.begin()
        visitor.claim(row, iamport_sandbox.certify(row, name=name))
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY = f"{name} secret"
    assert others == [0, 1, 0]


def test_no_log_and_no_error_names_the_person(visitor, iamport_sandbox, hook, caplog):
    caplog.set_level(logging.DEBUG)

    def fail(row, person):
        raise ValueError("wrong")

    hook(fail)
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row, name="김지은", phone="01012345678")
    visitor.claim(row, imp_uid)
    for personal in ("김지은", "01012345678", "1995"):
        assert personal not in caplog.text


def test_an_error_report_of_a_broken_hook_names_nobody(visitor, iamport_sandbox, hook):
    def fail(row, person):
        name, telephone = person.name, person.phone
        broken(name, telephone)

    hook(fail)
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row, name="김지은", phone="01012345678")
    with error_mails() as mails:
        assert visitor.claim(row, imp_uid).status_code == 503
        assert mails()
        for text in mails():
            assert [told for told in ("김지은", "01012345678", "1995") if told in text] == []


def test_a_claim_that_comes_while_another_is_looked_up_is_told_the_hook_once(visitor, iamport_sandbox, known):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    iamport_sandbox.meanwhile("certifications.find", lambda: visitor.claim(row, imp_uid))
    assert visitor.claim(row, imp_uid).json()["status"] == "certified"
    assert len(known) == 1
    assert events(row) == ["identity_certified", "identity_deleted"]


def test_nothing_is_asked_within_a_transaction(visitor, iamport_sandbox, known):
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    with transaction.atomic(), pytest.raises(InTransaction):
        verification.accept(row, imp_uid, origin=Origin("test"))
    assert known == []
    assert certifications.find(imp_uid).certified is not None


def test_a_user_begins_only_so_many(kim, settings):
    settings.IAMPORT_ORDER_BUDGET = (2, 300)
    asked = [visitor.post("begin").status_code for visitor in [Visitor(kim)] * 3]
    assert asked == [200, 200, 429]


class TestRedirect:
    def test_a_phone_comes_back_to_where_it_was_going(self, visitor, iamport_sandbox):
        row = visitor.begin(next="/cart/?a=1")
        answer = visitor.come_back(visitor.params["m_redirect_url"], iamport_sandbox.certify(row))
        assert (answer.status_code, answer["Location"]) == (302, "/cart/?a=1")
        assert (answer["Referrer-Policy"], answer["Cache-Control"]) == ("no-referrer", "no-store")
        row.refresh_from_db()
        assert row.is_certified

    def test_another_browser_stores_nothing_and_the_first_finds_out_by_itself(
        self, visitor, iamport_sandbox, known
    ):
        row = visitor.begin(next="/cart/")
        imp_uid = iamport_sandbox.certify(row)
        answer = Visitor().come_back(visitor.params["m_redirect_url"], imp_uid)
        assert "You can go back to the browser you began in" in answer.content.decode()
        row.refresh_from_db()
        assert (row.status, known) == ("ready", [])
        assert visitor.claim(row).json()["status"] == "certified"

    def test_who_lost_the_session_on_the_way_is_told_to_begin_again(self, visitor, iamport_sandbox):
        row = visitor.begin()
        visitor.client.logout()
        answer = visitor.come_back(visitor.params["m_redirect_url"], iamport_sandbox.certify(row))
        assert "If it was this one, please begin again." in answer.content.decode()
        assert f'href="{reverse("iamport_identity_verification:page")}"' in answer.content.decode()

    def test_a_state_that_is_not_ours_or_names_another_is_not_found(self, visitor, iamport_sandbox):
        row = visitor.begin()
        imp_uid = iamport_sandbox.certify(row)
        good = visitor.params["m_redirect_url"]
        for address in (good[:-1] + ("a" if good[-1] != "a" else "b"), good.partition("?")[0] + "?attempt="):
            assert visitor.come_back(address, imp_uid).status_code == 404
        row.refresh_from_db()
        assert row.status == "ready"

    def test_a_failure_is_told_with_a_way_to_try_again(self, visitor, iamport_sandbox):
        row = visitor.begin(next="/cart/")
        page = visitor.come_back(visitor.params["m_redirect_url"], iamport_sandbox.open_identity(row))
        assert "You have not been verified yet." in page.content.decode()
        assert 'href="/identity/?next=%2Fcart%2F"' in page.content.decode()

    @pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    def test_nobody_is_led_to_another_site(self, visitor, address):
        assert code(visitor.post("begin", next=address)) == (400, "malformed_request")
        assert "evil" not in visitor.client.get("/identity/", {"next": address}).content.decode()


class TestPage:
    def test_it_holds_no_inline_script_and_lets_the_window_report_to_it(self, visitor):
        page = visitor.client.get("/identity/", {"next": "/cart/"})
        assert page["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
        assert page["Cache-Control"] == "no-store"
        text = page.content.decode()
        assert "iamport_identity_verification/identity.js" in text
        assert "onclick" not in text

    def test_it_says_whether_the_visitor_is_an_adult(self, visitor, iamport_sandbox):
        row = visitor.begin()
        visitor.claim(row, iamport_sandbox.certify(row, birthday=MINOR))
        assert "is not sold to you" in visitor.client.get("/identity/").content.decode()
        row = visitor.begin()
        visitor.claim(row, iamport_sandbox.certify(row))
        assert "You may buy" in visitor.client.get("/identity/").content.decode()


def test_more_than_an_address_may_ask_is_refused_before_the_gateway_is_asked(visitor, settings):
    settings.IAMPORT_ADDRESS_BUDGET = (2, 300)
    asked = [
        visitor.client.post("/identity/begin/", "{}", "application/json", REMOTE_ADDR="8.8.8.8")
        for _ in range(3)
    ]
    assert [answer.status_code for answer in asked] == [200, 200, 429]


def test_a_window_asks_for_no_more_than_the_shop_says(visitor):
    visitor.begin()
    assert set(visitor.params) == {"merchant_uid", "m_redirect_url"}
    assert visitor.params["m_redirect_url"].startswith("http://testserver/identity/redirect/?attempt=")
    assert visitor.params["merchant_uid"].startswith("test")


@pytest.mark.database
def test_the_database_itself_refuses_a_verification_without_evidence():
    row = IdentityVerification.objects.create(merchant_uid="testadult")
    for columns in (
        {"status": "certified"},
        {"status": "certified", "imp_uid": "imp_1", "certified_at": timezone.now()},
        {"age_band": "30_to_39"},
        {"status": "rejected", "unique_key_hash": "0" * 64},
        {"erased_at": timezone.now(), "unique_key_hash": "0" * 64},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            IdentityVerification.objects.filter(pk=row.pk).update(**columns)


def test_a_verification_costs_few_queries_and_to_ask_for_it_costs_one(
    visitor, iamport_sandbox, rf, kim, django_assert_num_queries
):
    visitor = Visitor(kim)
    row = visitor.begin()
    imp_uid = iamport_sandbox.certify(row)
    with django_assert_num_queries(17):
        visitor.claim(row, imp_uid)
    asked = [f"{method} /certifications/{imp_uid}" for method in ("GET", "DELETE")]
    assert [call for call in iamport_sandbox.calls if "certifications" in call] == asked
    iamport_sandbox.reset_calls()
    with django_assert_num_queries(5):
        visitor.claim(row, imp_uid)
    request = rf.get("/")
    request.user = kim
    with django_assert_num_queries(1):
        assert verification_of(request).is_adult
    assert iamport_sandbox.calls == []
