from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account
from django_iamport.sandbox.rules.channels import TEST_KEY
from django_iamport.sandbox.state.clock import Clock

Open = Callable[..., str]
UNKNOWN = "존재하지 않는 결제정보입니다."


def test_a_payment_is_found_by_imp_uid(api: Any, open_window: Open) -> None:
    imp_uid = open_window()
    assert api("GET", f"/payments/{imp_uid}").response == api.account.payment(imp_uid)
    assert api("GET", f"/payments/{imp_uid}/").status == 200
    assert api("GET", "/payments/imp_000000000000") == (404, -1, UNKNOWN, None)


def test_test_payments_hide_from_the_lookup_by_imp_uid_alone(api: Any, open_window: Open) -> None:
    imp_uid = open_window(channelKey=TEST_KEY)
    assert api("GET", f"/payments/{imp_uid}") == (404, -1, UNKNOWN, None)
    assert api("GET", f"/payments/{imp_uid}?include_sandbox=true").response["sandbox"] is True
    assert api("GET", "/payments/find/order1").response["sandbox"] is True
    assert api("GET", "/payments/findAll/order1").response["list"][0]["sandbox"] is True
    assert api("GET", f"/payments?imp_uid[]={imp_uid}").response[0]["sandbox"] is True


def test_find_answers_the_newest_and_by_status_the_one_that_hides(
    api: Any, account: Account, open_window: Open, clock: Clock
) -> None:
    older, newer = open_window(), open_window()
    account.approve(older)
    account.close(newer)
    assert api("GET", "/payments/find/order1").response["imp_uid"] == newer
    assert api("GET", "/payments/find/order1/paid").response["imp_uid"] == older
    assert api("GET", "/payments/find/order1?sorting=started").response["imp_uid"] == older
    assert api("GET", "/payments/find/order1/cancelled").status == 404
    clock.move(5)
    account.cancel_in_console(older)
    assert api("GET", "/payments/find/order1?sorting=-updated").response["imp_uid"] == older


def test_find_all_is_paged(api: Any, open_window: Open) -> None:
    opened = [open_window() for _ in range(5)]
    page = api("GET", "/payments/findAll/order1?limit=2&page=2&sorting=started").response
    assert (page["total"], page["previous"], page["next"]) == (5, 1, 3)
    assert [payment["imp_uid"] for payment in page["list"]] == opened[2:4]
    last = api("GET", "/payments/findAll/order1/ready?limit=2&page=3").response
    assert (last["next"], len(last["list"])) == (0, 1)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/payments/findAll/order1?page=2", 400),
        ("/payments/findAll/order1?page=0", 400),
        ("/payments/findAll/order1?page=x", 400),
        ("/payments/findAll/order1?limit=0", 400),
        ("/payments/findAll/order1?limit=1001", 400),
        ("/payments/findAll/order1?sorting=amount", 400),
        ("/payments/findAll/order1/done", 400),
        ("/payments/findAll/order1/failed", 404),
        ("/payments/findAll/other", 404),
        ("/payments/find/other", 404),
    ],
)
def test_a_question_that_has_no_answer(api: Any, open_window: Open, path: str, status: int) -> None:
    open_window()
    said = api("GET", path)
    assert (said.status, said.code, said.response) == (status, -1, None)


def test_ids_in_the_path_are_percent_encoded(api: Any, open_window: Open) -> None:
    open_window(merchant_uid="주문/1$")
    assert api("GET", "/payments/find/%EC%A3%BC%EB%AC%B8%2F1%24").response["merchant_uid"] == "주문/1$"


def test_several_are_looked_up_at_once(api: Any, open_window: Open) -> None:
    first, second = open_window(), open_window(merchant_uid="order2")
    said = api("GET", f"/payments?imp_uid%5B%5D={first}&merchant_uid[]=order2")
    assert said.status == 200
    assert [payment["imp_uid"] for payment in said.response] == [first, second]
    assert api("GET", f"/payments?imp_uid[]={first}&imp_uid[]=imp_0")[:2] == (207, 0)
    assert api("GET", "/payments?imp_uid[]=imp_0").status == 404
    assert api("GET", "/payments").status == 404
    many = "&".join(f"imp_uid[]=imp_{number}" for number in range(101))
    assert api("GET", f"/payments?{many}")[:2] == (200, 1)


def test_an_account_is_voided(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = account.issue_vbank(open_window())["imp_uid"]
    assert api("DELETE", f"/vbanks/{imp_uid}").response["status"] == "cancelled"
    assert api("DELETE", f"/vbanks/{imp_uid}")[:2] == (400, -1)
    assert api("DELETE", "/vbanks/imp_0") == (404, -1, UNKNOWN, None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/payments/cancel", 405),
        ("PATCH", "/payments/prepare", 405),
        ("GET", "/users/getToken", 405),
        ("POST", "/vbanks/imp_1", 405),
        ("GET", "/nowhere", 404),
        ("GET", "/", 404),
    ],
)
def test_what_is_no_operation_is_refused_in_the_envelope(
    api: Any, method: str, path: str, status: int
) -> None:
    assert api(method, path)[:2] == (status, -1)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'"text"', b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(api: Any, body: bytes) -> None:
    assert api("POST", "/payments/cancel", body)[:2] == (200, 1)


def test_every_operation_but_the_token_needs_one(api: Any) -> None:
    for method, path in [
        ("GET", "/payments/imp_1"),
        ("GET", "/payments"),
        ("GET", "/payments/find/m"),
        ("GET", "/payments/findAll/m"),
        ("POST", "/payments/prepare"),
        ("POST", "/payments/cancel"),
        ("DELETE", "/vbanks/imp_1"),
    ]:
        assert api(method, path, Authorization="") == (401, -1, "Unauthorized", None)
