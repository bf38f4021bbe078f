"""Shipping data of escrow payments."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from django_iamport.sandbox.rules import Account

Open = Callable[..., str]
SOMEBODY = {"name": "김", "tel": "010-1", "addr": "서울", "postcode": "01234"}
PARCEL = {"company": "CJGLS", "invoice": "123-456", "sent_at": 1_700_000_000}
SHIPPING = {"sender": SOMEBODY, "receiver": SOMEBODY, "logis": PARCEL}


@pytest.fixture
def path(account: Account, open_window: Open) -> str:
    imp_uid = open_window(escrow=True)
    account.approve(imp_uid)
    return f"/escrows/logis/{imp_uid}"


def test_a_parcel_is_registered_changed_and_read(api: Any, path: str) -> None:
    assert api("GET", path)[:2] == (409, -1)
    assert api("PUT", path, SHIPPING)[:2] == (409, -1)
    result = api("POST", path, SHIPPING).response
    assert result == {**PARCEL, "applied_at": result["applied_at"]}
    assert api("POST", path, SHIPPING)[:2] == (409, -1)
    other = {**SHIPPING, "logis": {**PARCEL, "company": "ROCKET"}}
    assert api("PUT", path, other).response["company"] == "ETC"
    assert api("GET", path).response["company"] == "ETC"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": None},
        {"receiver": "김"},
        {"receiver": {**SOMEBODY, "addr": ""}},
        {"logis": {"company": "CJGLS", "invoice": "1"}},
        {"logis": {**PARCEL, "sent_at": "어제"}},
    ],
)
def test_a_parcel_is_described_whole(api: Any, path: str, wrong: dict[str, Any]) -> None:
    assert api("POST", path, {**SHIPPING, **wrong})[:2] == (400, -1)


def test_other_payments_have_no_parcels(api: Any, account: Account, open_window: Open) -> None:
    imp_uid = open_window()
    account.approve(imp_uid)
    refused = (409, -1, "해당거래건은 배송정보를 등록할 수 없습니다.", None)
    assert api("POST", f"/escrows/logis/{imp_uid}", SHIPPING) == refused
    assert api("POST", "/escrows/logis/imp_0", SHIPPING)[:2] == (404, -1)
    assert api("DELETE", "/escrows/logis/imp_0")[:2] == (405, -1)


def test_each_payment_company_demands_its_own(api: Any, account: Account, open_window: Open) -> None:
    def post(pg: str, **changed: Any) -> Any:
        imp_uid = open_window(escrow=True, merchant_uid=secrets.token_hex(8))
        account.approve(imp_uid)
        with account.change(imp_uid) as row:
            row["pg_provider"] = pg
        return api("POST", f"/escrows/logis/{imp_uid}", {**SHIPPING, **changed})[:2]

    two_lines = {**SOMEBODY, "formed_address": {"address_line_1": "세종대로 1", "address_line_2": "2층"}}
    assert post("kcp", sender={"name": "김"}, receiver={"name": "이"}) == (200, 0)
    assert post("smartro_v2") == (400, -1)
    assert post("smartro_v2", sender=two_lines, receiver=two_lines) == (200, 0)
    assert post("daou") == (400, -1)
    arriving = {**PARCEL, "receiving_at": "20260304", "address": "서울"}
    assert post("daou", sender={**SOMEBODY, "relationship": "본인"}, logis=arriving) == (200, 0)
    assert post("kakaopay") == (400, -1)
