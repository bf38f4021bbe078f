"""Identity verification by a code, and what is told of one that a window made."""

from datetime import date
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import CERTIFICATION_KEY, LIVE_KEY
from django_iamport.sandbox.rules.services import certifications
from django_iamport.sandbox.rules.services.certifications import Person

PERSON = {
    "name": "김민지",
    "phone": "010-1234-5678",
    "birth": "990101",
    "gender_digit": "2",
    "carrier": "SKT",
}
OTP = {"otp": "123456"}


def request(api: Any, **fields: Any) -> Any:
    return api("POST", "/certifications/otp/request", {**PERSON, "channel_key": CERTIFICATION_KEY, **fields})


def confirm(api: Any, imp_uid: str, body: Any = OTP) -> Any:
    return api("POST", f"/certifications/otp/confirm/{imp_uid}", body)


def test_nothing_is_told_of_a_person_before_the_code(api: Any) -> None:
    imp_uid = request(api, merchant_uid="m1").response["imp_uid"]
    result = api("GET", f"/certifications/{imp_uid}").response
    assert (result["certified"], result["certified_at"], result["merchant_uid"]) == (False, 0, "m1")
    assert {result[name] for name in ("name", "phone", "birthday", "gender", "unique_key")} == {None}


def test_the_code_proves_who_it_is(api: Any) -> None:
    imp_uid = request(api, is_mvno=True).response["imp_uid"]
    proven = confirm(api, imp_uid).response
    assert (proven["name"], proven["birthday"], proven["gender"]) == ("김민지", "1999-01-01", "female")
    assert (proven["phone"], proven["carrier"], proven["certified"]) == ("01012345678", "SKT_MVNO", True)
    assert proven["foreigner"] is False
    assert (len(proven["unique_key"]), len(proven["unique_in_site"])) == (88, 64)
    assert api("GET", f"/certifications/{imp_uid}").response == proven
    assert confirm(api, imp_uid)[:2] == (400, -1)


def test_one_person_has_one_key(api: Any) -> None:
    def key(**fields: Any) -> Any:
        return confirm(api, request(api, **fields).response["imp_uid"]).response["unique_key"]

    assert key() == key(phone="01099998888", carrier="KT")
    assert key() != key(birth="990102")


@pytest.mark.parametrize("body", [{}, {"otp": "000000"}, {"otp": "12345"}])
def test_another_code_proves_nothing(api: Any, body: dict[str, str]) -> None:
    imp_uid = request(api).response["imp_uid"]
    assert confirm(api, imp_uid, body)[:2] == (400, -1)
    assert confirm(api, imp_uid).status == 200


def test_an_app_needs_no_code(api: Any) -> None:
    imp_uid = request(api, verification_method="APP").response["imp_uid"]
    assert confirm(api, imp_uid, {}).response["certified"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"phone": "02-123-4567"},
        {"phone": "010-0000-0000"},
        {"birth": "991301"},
        {"birth": "9901"},
        {"gender_digit": "9"},
        {"carrier": "KTF"},
        {"verification_method": "MAIL"},
        {"channel_key": LIVE_KEY},
        {"merchant_uid": "m" * 41},
    ],
)
def test_a_person_nobody_knows_gets_no_code(api: Any, wrong: dict[str, Any]) -> None:
    assert request(api, **wrong)[:2] == (400, -1)


def test_a_verification_is_erased(api: Any) -> None:
    imp_uid = request(api).response["imp_uid"]
    proven = confirm(api, imp_uid).response
    assert api("DELETE", f"/certifications/{imp_uid}").response == proven
    gone = (404, -1, "인증결과가 존재하지 않습니다.", None)
    assert api("GET", f"/certifications/{imp_uid}") == gone
    assert api("DELETE", f"/certifications/{imp_uid}") == gone
    assert confirm(api, imp_uid) == gone


def test_a_window_proves_it_too(api: Any, account: Account) -> None:
    channel = certifications.choose_channel(account.channels, {})
    imp_uid = certifications.open_window(account.store, channel, {"merchant_uid": "m1"}, 1)["imp_uid"]
    assert confirm(api, imp_uid)[:2] == (400, -1)
    person = Person("김민지", date(1999, 1, 1), False, "01012345678", "KT")
    certifications.certify(account.store, imp_uid, person, account.clock.unix())
    result = api("GET", f"/certifications/{imp_uid}").response
    assert (result["certified"], result["name"], result["merchant_uid"]) == (True, "김민지", "m1")
    assert "window_key" not in result
