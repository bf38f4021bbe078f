"""Where the gateway's description and its official clients disagree: as recorded, or as described."""

from typing import Any

import pytest

from django_iamport.sandbox.api import OPERATIONS
from django_iamport.sandbox.api.routes import REFUSE_WITH_400, ROUTES
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.stores import MemoryStore
from tests.contract.description import load

CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}
KEY = "/subscribe/customers/kim"
SCHEDULES = "/subscribe/payments/schedule"
UNKNOWN_KEY = "요청하신 customer_uid(kim)로 등록된 정보를 찾을 수 없습니다."


@pytest.fixture
def as_described(account: Account) -> None:
    account.switch(disputed_answers="described")


def schedule_three(api: Any) -> int:
    """The moment of the first; the others follow by a second."""
    moment = int(api.account.clock.unix()) + 1000
    api("POST", KEY, CARD)
    plans = [{"merchant_uid": f"m{n}", "schedule_at": moment + n, "amount": 100} for n in range(3)]
    assert api("POST", SCHEDULES, {"customer_uid": "kim", "schedules": plans}).code == 0
    return moment


def lists_of(moment: int) -> list[str]:
    return [
        f"{SCHEDULES}?schedule_from={moment}&schedule_to={moment + 3}&limit=2",
        f"{SCHEDULES}/customers/kim?from={moment}&to={moment + 3}&limit=2",
        f"{KEY}/schedules?from={moment}&to={moment + 3}&limit=2",
    ]


def test_schedules_come_in_pages(api: Any) -> None:
    for path in lists_of(schedule_three(api)):
        first, second = api("GET", path).response, api("GET", f"{path}&page=2").response
        assert (first["total"], first["previous"], first["next"]) == (3, 0, 2)
        assert (second["total"], second["previous"], second["next"]) == (3, 1, 0)
        listed = [each["merchant_uid"] for page in (first, second) for each in page["list"]]
        assert listed == ["m2", "m1", "m0"]


@pytest.mark.usefixtures("as_described")
def test_as_described_schedules_are_an_array(api: Any) -> None:
    for path in lists_of(schedule_three(api)):
        assert [each["merchant_uid"] for each in api("GET", path).response] == ["m2", "m1"]


def test_the_schedules_of_an_unknown_key_are_an_empty_page(api: Any) -> None:
    for path in lists_of(1)[1:]:
        assert api("GET", path).response == {"total": 0, "previous": 0, "next": 0, "list": []}


CALLS_WITH_A_KEY = [("GET", KEY), ("DELETE", KEY), ("GET", f"{KEY}/payments")]


@pytest.mark.parametrize(("method", "path"), CALLS_WITH_A_KEY)
def test_an_unknown_key_is_told_with_200_and_a_code(api: Any, method: str, path: str) -> None:
    assert api(method, path) == (200, 1, UNKNOWN_KEY, None)


@pytest.mark.usefixtures("as_described")
@pytest.mark.parametrize(("method", "path"), CALLS_WITH_A_KEY)
def test_as_described_an_unknown_key_is_404(api: Any, method: str, path: str) -> None:
    assert api(method, path) == (404, -1, UNKNOWN_KEY, None)


@pytest.mark.parametrize("page", [0, 1])
def test_page_0_of_what_was_paid_with_a_key_is_the_first(api: Any, page: int) -> None:
    api("POST", KEY, CARD)
    api("POST", "/subscribe/payments/again", {"customer_uid": "kim", "merchant_uid": "m", "amount": 100})
    said = api("GET", f"{KEY}/payments?page={page}")
    assert (said.status, said.response["previous"], len(said.response["list"])) == (200, 0, 1)


def test_page_0_of_schedules_is_the_first(api: Any) -> None:
    for path in lists_of(schedule_three(api)):
        assert api("GET", f"{path}&page=0").response == api("GET", path).response


def test_behind_the_last_page_there_is_an_empty_one(api: Any) -> None:
    paths = [*lists_of(schedule_three(api)), f"{KEY}/payments?limit=20"]
    for path in paths:
        said = api("GET", f"{path}&page=9")
        assert (said.status, said.response["list"], said.response["next"]) == (200, [], 0)


@pytest.mark.usefixtures("as_described")
def test_as_described_there_is_no_page_0(api: Any) -> None:
    api("POST", KEY, CARD)
    assert api("GET", f"{KEY}/payments?page=0")[:2] == (400, -1)


REFUSED = [
    ("POST", "/payments/prepare", {"merchant_uid": "m" * 61, "amount": 100}),
    ("PUT", "/payments/prepare", {"merchant_uid": "m" * 61, "amount": 100}),
    ("POST", "/payments/cancel", {"imp_uid": "imp_1", "amount": -1}),
    ("POST", "/subscribe/payments/again", {}),
    ("POST", "/subscribe/payments/onetime", {}),
    ("POST", KEY, {**CARD, "customer_name": "k" * 21}),
    ("POST", SCHEDULES, {}),
    ("POST", "/subscribe/payments/unschedule", {}),
    ("POST", "/vbanks", {}),
    ("POST", "/cvs", {}),
    ("POST", "/payco/orders/status/imp_1", {}),
    ("POST", "/kcpquick/payment/money", b"{"),
    ("GET", "/payments/find/m/lost", None),
    ("GET", f"/payments?{'&'.join(f'imp_uid[]={n}' for n in range(101))}", None),
    ("GET", f"{KEY}/payments?page=last", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_where_no_400_is_declared_a_bad_parameter_is_refused_with_200(
    api: Any, method: str, path: str, body: Any
) -> None:
    said = api(method, path, body)
    assert (said.status, said.code, said.response) == (200, 1, None)
    assert said.message


@pytest.mark.usefixtures("as_described")
@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
def test_as_described_a_bad_parameter_is_a_bad_request(api: Any, method: str, path: str, body: Any) -> None:
    assert api(method, path, body)[:2] == (400, -1)


@pytest.mark.parametrize("body", [{}, {"imp_key": "sandbox-key"}, {"imp_secret": "sandbox-secret"}])
def test_a_missing_key_or_secret_is_named(api: Any, body: dict[str, str]) -> None:
    said = api("POST", "/users/getToken", body)
    assert said == (401, -1, "imp_key, imp_secret 파라메터가 누락되었습니다.", None)


def test_what_is_configured_holds_until_it_is_switched_and_after_a_reset() -> None:
    account = Account(MemoryStore(), Clock(), Merchant(disputed_answers="described"))
    assert account.answers_as_described
    account.switch(partial_refund_reads="paid")
    assert account.answers_as_described
    account.switch(disputed_answers="recorded")
    assert not account.answers_as_described
    account.store.clear()
    assert account.answers_as_described


WITHOUT_CHANNEL_KEY = [
    ("/receipts/external/sale", {"name": "현장 판매", "amount": 11_000, "identifier": "01012345678"}),
    (
        "/certifications/otp/request",
        {"name": "김", "phone": "01012345678", "birth": "900101", "gender_digit": "1", "carrier": "SKT"},
    ),
]


@pytest.mark.parametrize(("path", "body"), WITHOUT_CHANNEL_KEY)
def test_what_official_clients_send_without_a_channel_key_is_taken(api: Any, path: str, body: Any) -> None:
    assert api("POST", path, body)[:2] == (200, 0)
    api.account.switch(disputed_answers="described")
    assert api("POST", path, body)[:2] == (400, -1)


def test_a_status_that_there_is_not_is_named(api: Any) -> None:
    for path in ("/payments/find/m/lost", "/payments/findAll/m/lost", "/payments/status/lost"):
        assert api("GET", path).message == "지원되지 않는 상태값입니다."


@pytest.mark.contract
def test_operations_that_refuse_with_400_are_those_that_declare_it() -> None:
    assert set(OPERATIONS) >= REFUSE_WITH_400
    declared = {(described.method, described.path): described.statuses for described in load()}
    for route in ROUTES:
        path = route.path.replace("{status}", "{payment_status}")
        statuses = declared.get((route.method, path))
        if statuses is not None:
            assert (route.name in REFUSE_WITH_400) is (400 in statuses), route.path
