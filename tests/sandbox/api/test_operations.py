"""All operations of the gateway's description are there."""

import re
from typing import Any

import pytest

from django_iamport.sandbox.api import group_of, operation_of
from django_iamport.sandbox.api.operations import not_contracted
from django_iamport.sandbox.api.routes import ROUTES
from django_iamport.sandbox.rules import Account
from tests.contract.description import Operation, load

pytestmark = pytest.mark.contract

API = load()
NOT_CONTRACTED = "이용 계약이 되어 있지 않은 서비스입니다."


@pytest.mark.parametrize("operation", list(API), ids=str)
def test_each_is_known_and_wants_a_token(api: Any, operation: Operation) -> None:
    path = re.sub(r"{\w+}", "x", operation.path)
    assert operation_of(operation.method, path)
    if operation.path != "/users/getToken":
        assert api(operation.method, path, Authorization="")[:2] == (401, -1)


def test_what_is_simulated_and_what_is_not_contracted() -> None:
    names = [operation_of(operation.method, re.sub(r"{\w+}", "x", operation.path)) or "" for operation in API]
    refusing = {route.name for route in ROUTES if route.operation is not_contracted.refuse}
    simulated = [name for name in names if name not in refusing]
    assert (len(simulated), len(names) - len(simulated)) == (66, 14)
    assert {group_of(name) for name in refusing} == {
        *("naver", "kcpquick", "benepia", "partners", "paymentwall"),
    }


def test_a_service_without_a_contract_says_so(api: Any, account: Account) -> None:
    imp_uid = account.open_window({"merchant_uid": "m", "amount": 100})["imp_uid"]
    assert api("POST", "/benepia/point", {}) == (200, -1, NOT_CONTRACTED, None)
    assert api("POST", f"/payments/{imp_uid}/naver/ship-exchanged") == (200, -1, NOT_CONTRACTED, None)
    assert api("POST", "/payments/imp_0/naver/ship-exchanged")[:2] == (404, -1)
    assert api("GET", f"/payments/{imp_uid}/naver/ship-exchanged")[:2] == (405, -1)
