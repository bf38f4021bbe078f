"""`iamport-rest-client`, the official Python client: each method with right and with wrong input."""

from __future__ import annotations

import ast
import inspect
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from iamport import Iamport

from tests.clients.cards import CARD, INVALID
from tests.standalone import Standalone

REFUSED = Iamport.ResponseError  # HTTP 200, and a code that is not 0
FAILED = Iamport.HttpError  # another HTTP status
DAY = 24 * 60 * 60


@pytest.fixture
def official(running: Standalone) -> Iterator[Iamport]:
    client = Iamport(running.told["key"], running.told["secret"], imp_url=f"{running.api}/")
    client.requests_session.trust_env = False
    with client.requests_session:
        yield client


@pytest.fixture
def customer_uid(official: Iamport, merchant_uid: str) -> str:
    """A customer whose card is registered."""
    uid = f"customer-{merchant_uid}"
    official.customer_create(customer_uid=uid, **CARD)
    return uid


def scheduled(merchant_uid: str, **change: Any) -> dict[str, Any]:
    return {"merchant_uid": merchant_uid, "schedule_at": int(time.time()) + DAY, "amount": 1_000, **change}


def test_get_headers(official: Iamport, running: Standalone) -> None:
    assert len(official.get_headers()["Authorization"]) == 40
    stranger = Iamport("wrong", "wrong", imp_url=f"{running.api}/")
    with pytest.raises(FAILED) as failed:
        stranger.get_headers()
    assert failed.value.code == 401


def test_get_response(official: Iamport, running: Standalone, paid: str) -> None:
    def asked(imp_uid: str) -> requests.Response:
        url = f"{running.api}/payments/{imp_uid}"
        return official.requests_session.get(url, headers=official.get_headers())

    assert official.get_response(asked(paid))["imp_uid"] == paid
    unknown = asked("imp_000000000000")
    with pytest.raises(FAILED) as failed:
        official.get_response(unknown)
    assert failed.value.code == 404


def test_find_by_imp_uid(official: Iamport, paid: str, merchant_uid: str) -> None:
    found = official.find_by_imp_uid(paid)
    assert (found["merchant_uid"], found["status"], found["amount"]) == (merchant_uid, "paid", 1_000)
    with pytest.raises(FAILED) as failed:
        official.find_by_imp_uid("imp_000000000000")
    assert failed.value.code == 404


def test_find_by_merchant_uid(official: Iamport, paid: str, merchant_uid: str) -> None:
    assert official.find_by_merchant_uid(merchant_uid)["imp_uid"] == paid
    with pytest.raises(FAILED) as failed:
        official.find_by_merchant_uid("nobodys")
    assert failed.value.code == 404


def test_find(official: Iamport, paid: str, merchant_uid: str) -> None:
    assert official.find(imp_uid=paid) == official.find(merchant_uid=merchant_uid)
    with pytest.raises(FAILED):
        official.find(merchant_uid="nobodys")
    with pytest.raises(KeyError):
        official.find()


def test_find_by_status(official: Iamport, paid: str) -> None:
    """The client passes on a keyword that it doesn't know itself; its request is made here as it means it."""
    with pytest.raises(TypeError, match="params"):
        official.find_by_status("paid")
    answer = official._get(f"{official.imp_url}payments/status/paid", {"limit": 100})
    assert paid in {payment["imp_uid"] for payment in answer["list"]}
    with pytest.raises(FAILED) as failed:
        official._get(f"{official.imp_url}payments/status/lost")
    assert failed.value.code == 400


def test_is_paid(official: Iamport, paid: str, merchant_uid: str) -> None:
    assert official.is_paid(1_000, imp_uid=paid)
    assert official.is_paid(1_000, merchant_uid=merchant_uid)
    assert official.is_paid(1_000, response=official.find(imp_uid=paid))
    assert not official.is_paid(999, imp_uid=paid)
    with pytest.raises(FAILED):
        official.is_paid(1_000, imp_uid="imp_000000000000")


def test_cancel(official: Iamport, paid: str, merchant_uid: str) -> None:
    assert official.cancel("a part", imp_uid=paid, amount=400)["cancel_amount"] == 400
    rest = official.cancel("the rest", merchant_uid=merchant_uid, checksum=600)
    assert (rest["status"], rest["cancel_amount"]) == ("cancelled", 1_000)
    with pytest.raises(REFUSED) as refused:
        official.cancel("once more", imp_uid=paid)
    assert (refused.value.code, refused.value.message) == (1, "이미 전액취소된 주문입니다.")
    with pytest.raises(KeyError):
        official.cancel("whose?")


def test_cancel_by_imp_uid(official: Iamport, paid: str) -> None:
    with pytest.raises(REFUSED) as refused:
        official.cancel_by_imp_uid(paid, "too much", amount=1_001)
    assert refused.value.code == 1
    with pytest.raises(REFUSED):
        official.cancel_by_imp_uid(paid, "the wrong rest", amount=100, checksum=900)
    assert official.cancel_by_imp_uid(paid, "all of it")["cancel_history"][0]["reason"] == "all of it"


def test_cancel_by_merchant_uid(official: Iamport, paid: str, merchant_uid: str) -> None:
    assert official.cancel_by_merchant_uid(merchant_uid, "all of it")["imp_uid"] == paid
    with pytest.raises(REFUSED) as refused:
        official.cancel_by_merchant_uid("nobodys", "all of it")
    assert refused.value.message == "취소할 결제건이 존재하지 않습니다."


def test_prepare(official: Iamport, merchant_uid: str) -> None:
    assert official.prepare(merchant_uid, 1_000) == {
        "merchant_uid": merchant_uid,
        "amount": 1_000,
        "currency": None,
    }
    with pytest.raises(REFUSED) as refused:
        official.prepare(merchant_uid, 2_000)
    assert refused.value.code == 1
    with pytest.raises(REFUSED) as refused:
        official.prepare("x" * 41, 1_000)
    assert refused.value.code == 1


def test_prepare_validate(official: Iamport, merchant_uid: str) -> None:
    official.prepare(merchant_uid, 1_000)
    assert official.prepare_validate(merchant_uid, 1_000)
    assert not official.prepare_validate(merchant_uid, 999)
    with pytest.raises(FAILED) as failed:
        official.prepare_validate("nobodys", 1_000)
    assert failed.value.code == 404


def test_revoke_vbank_by_imp_uid(official: Iamport, waiting: str) -> None:
    assert official.revoke_vbank_by_imp_uid(waiting)["status"] == "cancelled"
    with pytest.raises(FAILED) as failed:
        official.revoke_vbank_by_imp_uid(waiting)
    assert failed.value.code == 400


def test_customer_create(official: Iamport, merchant_uid: str) -> None:
    made = official.customer_create(customer_uid=merchant_uid, **CARD)
    assert made["customer_uid"] == merchant_uid
    assert CARD["card_number"].replace("-", "") not in made["card_number"]
    with pytest.raises(REFUSED) as refused:
        official.customer_create(customer_uid="another", **INVALID)
    assert refused.value.code == -1
    assert "빌키 발급에 실패하였습니다." in refused.value.message
    with pytest.raises(KeyError):
        official.customer_create(customer_uid="another")


def test_customer_get(official: Iamport, customer_uid: str) -> None:
    assert official.customer_get(customer_uid)["customer_uid"] == customer_uid
    with pytest.raises(REFUSED) as refused:
        official.customer_get("nobody")
    assert "요청하신 customer_uid(nobody)" in refused.value.message


def test_customer_delete(official: Iamport, customer_uid: str) -> None:
    assert official.customer_delete(customer_uid)["customer_uid"] == customer_uid
    with pytest.raises(REFUSED) as refused:
        official.customer_delete(customer_uid)
    assert refused.value.code == 1


def test_pay_onetime(official: Iamport, merchant_uid: str) -> None:
    paid = official.pay_onetime(merchant_uid=merchant_uid, amount=1_000, **CARD)
    assert (paid["status"], paid["channel"]) == ("paid", "api")
    assert official.is_paid(1_000, merchant_uid=merchant_uid)
    with pytest.raises(REFUSED) as refused:
        official.pay_onetime(merchant_uid=merchant_uid, amount=1_000, **CARD)
    assert refused.value.code == 1
    with pytest.raises(REFUSED) as refused:
        official.pay_onetime(merchant_uid=f"{merchant_uid}-2", amount=1_000, **INVALID)
    assert refused.value.code == -1
    assert "카드정보 인증에 실패하였습니다." in refused.value.message
    with pytest.raises(KeyError):
        official.pay_onetime(merchant_uid=merchant_uid, amount=1_000)


def test_pay_again(official: Iamport, customer_uid: str, merchant_uid: str) -> None:
    paid = official.pay_again(customer_uid=customer_uid, merchant_uid=merchant_uid, amount=1_000)
    assert (paid["status"], paid["customer_uid_usage"]) == ("paid", "payment")
    with pytest.raises(REFUSED) as refused:
        official.pay_again(customer_uid="nobody", merchant_uid=f"{merchant_uid}-2", amount=1_000)
    assert (refused.value.code, refused.value.message) == (1, "등록되지 않은 구매자입니다.")
    with pytest.raises(KeyError):
        official.pay_again(customer_uid=customer_uid)


def test_pay_foreign(official: Iamport, merchant_uid: str) -> None:
    card = {"card_number": CARD["card_number"], "expiry": CARD["expiry"]}
    assert official.pay_foreign(merchant_uid=merchant_uid, amount=1_000, **card)["status"] == "paid"
    with pytest.raises(REFUSED) as refused:
        official.pay_foreign(merchant_uid=merchant_uid, amount=1_000, **card)
    assert refused.value.code == 1
    with pytest.raises(KeyError):
        official.pay_foreign(merchant_uid=merchant_uid)


def test_pay_schedule(official: Iamport, customer_uid: str, merchant_uid: str) -> None:
    made = official.pay_schedule(customer_uid=customer_uid, schedules=[scheduled(merchant_uid)])
    assert [(each["merchant_uid"], each["schedule_status"]) for each in made] == [(merchant_uid, "scheduled")]
    with pytest.raises(REFUSED) as refused:
        official.pay_schedule(customer_uid=customer_uid, schedules=[scheduled(merchant_uid)])
    assert refused.value.code == 1
    with pytest.raises(REFUSED) as refused:
        official.pay_schedule(customer_uid="nobody", schedules=[scheduled(f"{merchant_uid}-2")])
    assert (refused.value.code, refused.value.message) == (1, "등록된 고객정보가 없습니다.")
    with pytest.raises(KeyError):
        official.pay_schedule(customer_uid=customer_uid, schedules=[{"merchant_uid": merchant_uid}])


def test_pay_schedule_get(official: Iamport, customer_uid: str, merchant_uid: str) -> None:
    official.pay_schedule(customer_uid=customer_uid, schedules=[scheduled(merchant_uid)])
    assert official.pay_schedule_get(merchant_uid)["customer_uid"] == customer_uid
    with pytest.raises(FAILED) as failed:
        official.pay_schedule_get("nobodys")
    assert failed.value.code == 404


def test_pay_schedule_get_between(official: Iamport, customer_uid: str, merchant_uid: str) -> None:
    schedule = scheduled(merchant_uid)
    official.pay_schedule(customer_uid=customer_uid, schedules=[schedule])
    moment = schedule["schedule_at"]
    found = official.pay_schedule_get_between(schedule_from=moment, schedule_to=moment + 1)
    assert merchant_uid in {each["merchant_uid"] for each in found["list"]}
    with pytest.raises(FAILED) as failed:
        official.pay_schedule_get_between(schedule_from=moment, schedule_to=moment + 200 * DAY)
    assert failed.value.code == 400
    with pytest.raises(KeyError):
        official.pay_schedule_get_between(schedule_from=moment)


def test_pay_unschedule(official: Iamport, customer_uid: str, merchant_uid: str) -> None:
    official.pay_schedule(customer_uid=customer_uid, schedules=[scheduled(merchant_uid)])
    revoked = official.pay_unschedule(customer_uid=customer_uid, merchant_uid=merchant_uid)
    assert [each["merchant_uid"] for each in revoked] == [merchant_uid]
    assert official.pay_schedule_get(merchant_uid)["schedule_status"] == "revoked"
    with pytest.raises(REFUSED) as refused:
        official.pay_unschedule(customer_uid=customer_uid, merchant_uid="nobodys")
    assert refused.value.code == 1
    with pytest.raises(KeyError):
        official.pay_unschedule()


def test_find_certification(official: Iamport, certification: str) -> None:
    assert official.find_certification(certification)["certified"] is True
    with pytest.raises(FAILED) as failed:
        official.find_certification("imp_000000000000")
    assert failed.value.code == 404


def test_cancel_certification(official: Iamport, certification: str) -> None:
    assert official.cancel_certification(certification)["imp_uid"] == certification
    with pytest.raises(FAILED) as failed:
        official.cancel_certification(certification)
    assert failed.value.code == 404


def test_every_method_is_called_here_with_right_and_with_wrong_input() -> None:
    public = {
        name
        for name, member in vars(Iamport).items()
        if not name.startswith("_") and not inspect.isclass(member)
    }
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    failing = {id(call) for block in ast.walk(tree) if expects_an_error(block) for call in ast.walk(block)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [(node.func.attr, id(node) in failing) for node in calls if isinstance(node.func, ast.Attribute)]
    assert public <= {name for name, fails in named if not fails} | {"find_by_status"}
    assert public <= {name for name, fails in named if fails}


def expects_an_error(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any("pytest.raises" in ast.unparse(item) for item in node.items)
