"""All operations of the gateway's description are there."""

import re
from typing import Any

import pytest

from django_iamport.sandbox.api import group_of, operation_of
from django_iamport.sandbox.rules import Account
from tests.contract.description import Operation, load

pytestmark = pytest.mark.contract

API = load()
NOT_CONTRACTED = "이용 계약이 되어 있지 않은 서비스입니다."


def services() -> set[str]:
    return {"naver", "kcpquick", "benepia", "partners", "payco", "paymentwall"}


@pytest.mark.parametrize("operation", list(API), ids=str)
def test_each_is_known_and_wants_a_token(api: Any, operation: Operation) -> None:
    path = re.sub(r"{\w+}", "x", operation.path)
    assert operation_of(operation.method, path)
    if operation.path != "/users/getToken":
        assert api(operation.method, path, Authorization="")[:2] == (401, -1)


def test_what_is_simulated_and_what_is_not_contracted() -> None:
    names = [operation_of(operation.method, re.sub(r"{\w+}", "x", operation.path)) or "" for operation in API]
    contracted = [name for name in names if group_of(name) not in services()]
    assert (len(contracted), len(names) - len(contracted)) == (51, 29)


def test_a_service_without_a_contract_says_so(api: Any, account: Account) -> None:
    imp_uid = account.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"]
    assert api("POST", "/benepia/point", {}) == (200, -1, NOT_CONTRACTED, None)
    assert api("POST", f"/payments/{imp_uid}/naver/confirm") == (200, -1, NOT_CONTRACTED, None)
    assert api("POST", "/payments/imp_0/naver/confirm")[:2] == (404, -1)
    assert api("GET", f"/payments/{imp_uid}/naver/confirm")[:2] == (405, -1)
