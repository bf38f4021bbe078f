from datetime import date
from typing import Any

import pytest

from django_iamport.sandbox.rules import Refusal
from django_iamport.sandbox.rules.channels import CERTIFICATION, CERTIFICATION_KEY, DEFAULTS, Catalog
from django_iamport.sandbox.rules.services import certifications
from django_iamport.sandbox.rules.services.certifications import Person
from django_iamport.sandbox.state.stores import Row, Store

JIEUN = Person("김지은", date(1995, 3, 14), False, "01000000000", "SKT")
DANAL = Catalog(DEFAULTS).require(CERTIFICATION_KEY, CERTIFICATION)
NOW = 1_800_000_000


@pytest.fixture
def opened(store: Store) -> Row:
    return certifications.open_window(store, DANAL, {"merchant_uid": "c1"}, NOW)


def test_before_success_nothing_personal_is_known(store: Store, opened: Row) -> None:
    row = certifications.stored(store, opened["imp_uid"])
    assert (row["certified"], row["certified_at"]) == (False, 0)
    assert all(row[name] is None for name in certifications.PERSONAL)


def test_a_person_is_verified_and_known_by_the_same_keys_again(store: Store, opened: Row) -> None:
    first = certifications.certify(store, opened["imp_uid"], JIEUN, NOW + 5)
    assert (first["name"], first["gender"], first["birthday"]) == ("김지은", "female", "1995-03-14")
    assert (first["certified"], first["certified_at"]) == (True, NOW + 5)
    again = certifications.open_window(store, DANAL, {}, NOW)
    second = certifications.certify(store, again["imp_uid"], JIEUN, NOW)
    assert (second["unique_key"], second["unique_in_site"]) == (first["unique_key"], first["unique_in_site"])
    assert first["unique_key"] != first["unique_in_site"]
    assert len(first["unique_key"]) == 88


@pytest.mark.parametrize(
    ("birthday", "birth"),
    [(date(1970, 1, 1), -9 * 3600), (date(1970, 1, 2), 15 * 3600), (date(1945, 8, 15), -769_424_400)],
)
def test_birth_is_the_day_in_seconds_also_before_1970(
    store: Store, opened: Row, birthday: date, birth: int
) -> None:
    assert certifications.as_json(opened)["birth"] == 0
    person = Person("김지은", birthday, False, "01000000000", "SKT")
    row = certifications.certify(store, opened["imp_uid"], person, NOW)
    assert certifications.as_json(row)["birth"] == birth


@pytest.mark.parametrize("merchant_uid", ["x" * 41, 10**40])
def test_too_long_a_number_is_told_so(store: Store, merchant_uid: str | int) -> None:
    with pytest.raises(Refusal, match="40자 이하"):
        certifications.open_window(store, DANAL, {"merchant_uid": merchant_uid}, NOW)


@pytest.mark.parametrize("end", [certifications.close, certifications.fail])
def test_a_failure_tells_why_and_ends_the_window(store: Store, opened: Row, end: Any) -> None:
    result = certifications.answer(end(store, opened["imp_uid"]))
    assert (result["success"], result["merchant_uid"]) == (False, "c1")
    assert result["error_msg"]
    with pytest.raises(Refusal):
        certifications.certify(store, opened["imp_uid"], JIEUN, NOW)


def test_an_unknown_one_is_not_found(store: Store) -> None:
    with pytest.raises(Refusal, match="인증결과가 존재하지 않습니다") as refused:
        certifications.stored(store, "imp_0")
    assert refused.value.status == 404


@pytest.mark.parametrize("merchant_uid", ["x" * 41, 5, ["a"]])
def test_a_number_that_is_none_opens_no_window(store: Store, merchant_uid: Any) -> None:
    with pytest.raises(Refusal):
        certifications.open_window(store, DANAL, {"merchant_uid": merchant_uid}, NOW)
