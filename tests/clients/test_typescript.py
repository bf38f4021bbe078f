"""`iamport-rest-client-nodejs`, the official TypeScript client: each method with right and with wrong input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.cards import CARD, INVALID
from tests.clients.node import NodeClient, Refusals, Refused, called_in
from tests.sandbox.naver import CUP, product
from tests.standalone import Standalone

DAY = 24 * 60 * 60
NOBODY = "imp_000000000000"
PARCEL = {
    "delivery_method": "DELIVERY",
    "dispatched_at": 1_700_000_000,
    "delivery_company": "CJGLS",
    "tracking_number": "1234",
}
SOMEBODY = {"name": "김", "tel": "010-1", "addr": "서울", "postcode": "01234"}
WHOM = {"identifier": "01012345678", "identifier_type": "phone"}


@pytest.fixture(scope="module")
def ts(start_node: Callable[..., NodeClient]) -> NodeClient:
    return start_node("iamport-rest-client-nodejs")


@pytest.fixture
def refusal(ts: NodeClient) -> Refusals:
    return Refusals(ts)


@pytest.fixture
def customer_uid(ts: NodeClient, merchant_uid: str) -> str:
    """A customer whose card is registered."""
    uid = f"customer-{merchant_uid}"
    ts("Customers", "postBillingKey", customer_uid=uid, **CARD)
    return uid


@pytest.fixture
def order(pay: Callable[..., str]) -> str:
    """The `imp_uid` of a tea and a cup, ordered and paid at Naver Pay."""
    return pay(pg="naverco", naverProducts=[product(), CUP])


def product_order_ids(ts: NodeClient, imp_uid: str) -> list[str]:
    listed = ts("NaverCo", "getProductOrderIds", imp_uid=imp_uid)
    return [each["product_order_id"] for each in listed]


def plan(merchant_uid: str) -> dict[str, Any]:
    moment = int(time.time()) + DAY
    return {"merchant_uid": merchant_uid, "schedule_at": moment, "amount": 1_000, "name": "구독"}


def test_authenticate(ts: NodeClient, refusal: Any, running: Standalone) -> None:
    keys = {"imp_key": running.told["key"], "imp_secret": running.told["secret"]}
    assert len(ts("Authenticate", "getToken", **keys)["access_token"]) == 40
    assert refusal("Authenticate", "getToken", imp_key="wrong", imp_secret="wrong") == "HTTP_401"


def test_a_wrong_key_is_refused(start_node: Callable[..., NodeClient]) -> None:
    with pytest.raises(Refused) as refused:
        start_node("iamport-rest-client-nodejs", key="wrong")("Payments", "getByImpUid", imp_uid=NOBODY)
    assert refused.value.code == "HTTP_401"


def test_codes(ts: NodeClient, refusal: Any) -> None:
    assert {"code": "366", "name": "신한카드"} in ts("Cards", "getCards")
    assert ts("Cards", "getCard", code="366")["name"] == "신한카드"
    assert refusal("Cards", "getCard", code="000") == "HTTP_404"
    assert {"code": "088", "name": "신한은행"} in ts("Banks", "getBanks")
    assert ts("Banks", "getBank", code="088")["name"] == "신한은행"
    assert refusal("Banks", "getBank", code="000") == "HTTP_404"


def test_payments_are_looked_up(ts: NodeClient, refusal: Any, paid: str, merchant_uid: str) -> None:
    assert ts("Payments", "getByImpUid", imp_uid=paid)["amount"] == 1_000
    assert refusal("Payments", "getByImpUid", imp_uid=NOBODY) == "HTTP_404"
    asked = {"merchant_uid": merchant_uid, "status": "paid"}
    assert ts("Payments", "getByMerchantUid", **asked)["imp_uid"] == paid
    assert refusal("Payments", "getByMerchantUid", merchant_uid="nobodys", status="paid") == "HTTP_404"
    assert ts("Payments", "getByMerchantUids", **asked)["total"] == 1
    assert refusal("Payments", "getByMerchantUids", merchant_uid="nobodys", status="paid") == "HTTP_404"
    assert [each["imp_uid"] for each in ts("Payments", "getByImpUids", imp_uid=[paid])] == [paid]
    assert refusal("Payments", "getByImpUids", imp_uid=[NOBODY]) == "HTTP_404"
    listed = ts("Payments", "getByStatus", status="paid", limit=100)["list"]
    assert paid in {each["imp_uid"] for each in listed}
    assert refusal("Payments", "getByStatus", status="lost") == "HTTP_400"


def test_payments_are_cancelled(ts: NodeClient, refusal: Any, paid: str) -> None:
    assert ts("Payments", "cancel", imp_uid=paid, amount=400)["cancel_amount"] == 400
    assert refusal("Payments", "cancel", imp_uid=paid, amount=601) == "IAMPORT_1"


def test_amounts_are_prepared(ts: NodeClient, refusal: Any, merchant_uid: str) -> None:
    prepared = {"merchant_uid": merchant_uid, "amount": 1_000}
    assert ts("Prepare", "postAmount", **prepared)["amount"] == 1_000
    assert refusal("Prepare", "postAmount", **prepared) == "IAMPORT_1"
    assert ts("Prepare", "getAmount", merchant_uid=merchant_uid)["amount"] == 1_000
    assert refusal("Prepare", "getAmount", merchant_uid="nobodys") == "HTTP_404"


def test_billing_keys(ts: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    made = ts("Customers", "postBillingKey", customer_uid=f"{customer_uid}-2", **CARD)
    assert made["customer_uid"] == f"{customer_uid}-2"
    assert refusal("Customers", "postBillingKey", customer_uid="another", **INVALID) == "IAMPORT_-1"
    assert ts("Customers", "getBillingKey", customer_uid=customer_uid)["customer_uid"] == customer_uid
    assert refusal("Customers", "getBillingKey", customer_uid="nobody") == "IAMPORT_1"
    keys = ts("Customers", "getBillingKeys", customer_uid=[customer_uid])
    assert [each["customer_uid"] for each in keys] == [customer_uid]
    assert refusal("Customers", "getBillingKeys", customer_uid=["nobody"]) == "HTTP_404"
    ts("Subscribe", "again", customer_uid=customer_uid, merchant_uid=merchant_uid, amount=1_000, name="구독")
    assert ts("Customers", "getPayments", customer_uid=customer_uid)["total"] == 1
    assert refusal("Customers", "getPayments", customer_uid="nobody") == "IAMPORT_1"
    assert ts("Customers", "deleteBillingKey", customer_uid=customer_uid)["customer_uid"] == customer_uid
    assert refusal("Customers", "deleteBillingKey", customer_uid=customer_uid) == "IAMPORT_1"


def test_charges(ts: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    sale = {"merchant_uid": merchant_uid, "amount": 1_000, "name": "구독"}
    assert ts("Subscribe", "onetime", **sale, **CARD)["status"] == "paid"
    assert refusal("Subscribe", "onetime", **sale, **CARD) == "IAMPORT_1"
    more = {**sale, "merchant_uid": f"{merchant_uid}-2"}
    assert ts("Subscribe", "again", customer_uid=customer_uid, **more)["status"] == "paid"
    assert refusal("Subscribe", "again", customer_uid="nobody", **more) == "IAMPORT_1"


def test_schedules(ts: NodeClient, refusal: Any, customer_uid: str, merchant_uid: str) -> None:
    planned = {"customer_uid": customer_uid, "schedules": [plan(merchant_uid)]}
    window = {"from": int(time.time()), "to": int(time.time()) + 2 * DAY}
    [made] = ts("Subscribe", "schedule", **planned)
    assert made["schedule_status"] == "scheduled"
    assert refusal("Subscribe", "schedule", **planned) == "IAMPORT_1"
    assert ts("Subscribe", "getScheduled", merchant_uid=merchant_uid)["customer_uid"] == customer_uid
    assert refusal("Subscribe", "getScheduled", merchant_uid="nobodys") == "HTTP_404"
    assert ts("Subscribe", "getScheduleds", customer_uid=customer_uid, **window)["total"] == 1
    assert refusal("Subscribe", "getScheduleds", customer_uid=customer_uid) == "HTTP_400"
    assert ts("Customers", "getScheduleds", customer_uid=customer_uid, **window)["total"] == 1
    assert refusal("Customers", "getScheduleds", customer_uid=customer_uid) == "HTTP_400"
    [revoked] = ts("Subscribe", "unschedule", customer_uid=customer_uid)
    assert revoked["merchant_uid"] == merchant_uid
    assert refusal("Subscribe", "unschedule", customer_uid=customer_uid, merchant_uid="x") == "IAMPORT_1"


def test_certifications(ts: NodeClient, refusal: Any, certification: str) -> None:
    assert ts("Certifications", "getCertification", imp_uid=certification)["certified"] is True
    assert refusal("Certifications", "getCertification", imp_uid=NOBODY) == "HTTP_404"
    assert ts("Certifications", "deleteCertification", imp_uid=certification)["imp_uid"] == certification
    assert refusal("Certifications", "deleteCertification", imp_uid=certification) == "HTTP_404"


def test_virtual_accounts(ts: NodeClient, refusal: Any, merchant_uid: str) -> None:
    due = int(time.time()) + DAY
    account = {"merchant_uid": merchant_uid, "amount": 1_000, "vbank_code": "088", "vbank_due": due}
    made = ts("Vbanks", "post", **account, vbank_holder="온새미로")
    assert (made["status"], made["vbank_code"]) == ("ready", "088")
    assert refusal("Vbanks", "post", **{**account, "vbank_code": "999"}).startswith(("HTTP_400", "IAMPORT_"))
    assert ts("Vbanks", "put", imp_uid=made["imp_uid"], amount=2_000)["amount"] == 2_000
    assert refusal("Vbanks", "put", imp_uid=NOBODY, amount=2_000) == "HTTP_404"
    assert ts("Vbanks", "delete", imp_uid=made["imp_uid"])["status"] == "cancelled"
    assert refusal("Vbanks", "delete", imp_uid=made["imp_uid"]) == "HTTP_400"
    assert ts("Vbanks", "getHolder", bank_code="004", bank_num="1234")["bank_holder"]
    assert refusal("Vbanks", "getHolder", bank_code="999", bank_num="1234") == "HTTP_404"


def test_cash_receipts(ts: NodeClient, refusal: Any, pay: Callable[..., str]) -> None:
    imp_uid = pay(pay_method="trans")
    assert ts("Receipts", "postReceipt", imp_uid=imp_uid, **WHOM)["amount"] == 1_000
    assert refusal("Receipts", "postReceipt", imp_uid=imp_uid, **WHOM) == "HTTP_400"
    assert ts("Receipts", "getReceipt", imp_uid=imp_uid)["amount"] == 1_000
    assert refusal("Receipts", "getReceipt", imp_uid=NOBODY) == "HTTP_404"
    assert ts("Receipts", "deleteReceipt", imp_uid=imp_uid)["cancelled_at"]
    assert refusal("Receipts", "deleteReceipt", imp_uid=imp_uid) == "HTTP_400"


def test_cash_receipts_of_sales_elsewhere(ts: NodeClient, refusal: Any, merchant_uid: str) -> None:
    sale = {"merchant_uid": merchant_uid, "name": "현장 판매", "amount": 1_000, **WHOM}
    assert ts("External", "postReceipt", **sale)["amount"] == 1_000
    assert refusal("External", "postReceipt", **sale) == "HTTP_400"
    assert ts("External", "getReceipt", merchant_uid=merchant_uid)["amount"] == 1_000
    assert refusal("External", "getReceipt", merchant_uid="nobodys") == "HTTP_404"
    assert ts("External", "deleteReceipt", merchant_uid=merchant_uid)["cancelled_at"]
    assert refusal("External", "deleteReceipt", merchant_uid=merchant_uid) == "HTTP_400"


def test_escrow(ts: NodeClient, refusal: Any, pay: Callable[..., str]) -> None:
    parcel = {"company": "CJGLS", "invoice": "1234", "sent_at": 1_700_000_000}
    shipping = {"imp_uid": pay(escrow=True), "sender": SOMEBODY, "receiver": SOMEBODY, "logis": parcel}
    assert ts("Escrows", "postEscrow", **shipping)["company"] == "CJGLS"
    assert refusal("Escrows", "postEscrow", **shipping) == "HTTP_409"
    assert ts("Escrows", "putEscrow", **shipping)["invoice"] == "1234"
    assert refusal("Escrows", "putEscrow", **{**shipping, "imp_uid": NOBODY}) == "HTTP_404"


def test_payco(ts: NodeClient, refusal: Any, pay: Callable[..., str]) -> None:
    imp_uid = pay(pg="payco", pay_method="payco")
    assert ts("Payments", "getAmountByImpUid", imp_uid=imp_uid)["amount"] == 1_000
    assert refusal("Payments", "getAmountByImpUid", imp_uid=NOBODY) == "HTTP_404"
    assert ts("Payco", "postOrderStatus", imp_uid=imp_uid, status="DELIVERY_START") == {
        "status": "DELIVERY_START"
    }
    assert refusal("Payco", "postOrderStatus", imp_uid=imp_uid, status="LOST") == "IAMPORT_1"


def test_naver_pay(ts: NodeClient, refusal: Any, pay: Callable[..., str]) -> None:
    imp_uid = pay(pg="naverpay", pay_method="naverpay", escrow=True)
    assert ts("NaverPay", "getCashAmount", imp_uid=imp_uid)["amount_total"] >= 0
    assert refusal("NaverPay", "getCashAmount", imp_uid=NOBODY) == "HTTP_400"
    for method in ("postPoint", "postEscrow"):
        assert refusal("NaverPay", method, imp_uid=NOBODY) == "HTTP_404"


@pytest.mark.parametrize("method", ["postPoint", "postEscrow"])
def test_naver_pay_does_it_and_the_client_trips_over_the_answer(
    ts: NodeClient, refusal: Any, pay: Callable[..., str], method: str
) -> None:
    """The client wants to read a response, where none is described. It was done: a second time is refused."""
    imp_uid = pay(pg="naverpay", pay_method="naverpay", escrow=True)
    with pytest.raises(Refused, match="setAttributes"):
        ts("NaverPay", method, imp_uid=imp_uid)
    assert refusal("NaverPay", method, imp_uid=imp_uid) == "HTTP_500"


def test_product_orders(ts: NodeClient, refusal: Any, order: str) -> None:
    tea, cup = product_order_ids(ts, order)
    assert ts("NaverCo", "getOrderDetail", product_order_id=tea)["product_name"] == "녹차"
    assert refusal("NaverCo", "getOrderDetail", product_order_id="1") == "HTTP_404"
    assert refusal("NaverCo", "getProductOrderIds", imp_uid=NOBODY) == "HTTP_404"
    assert len(ts("NaverCo", "place", imp_uid=order)) == 2
    assert refusal("NaverCo", "place", imp_uid=order) == "HTTP_500"
    assert len(ts("NaverCo", "cancel", imp_uid=order, product_order_id=[cup])) == 1
    assert refusal("NaverCo", "cancel", imp_uid=order, product_order_id=[cup]) == "HTTP_500"
    [shipped] = ts("NaverCo", "ship", imp_uid=order, product_order_id=[tea], **PARCEL)
    assert shipped["product_order_status"] == "DELIVERING"
    assert refusal("NaverCo", "ship", imp_uid=order, delivery_method="ROCKET") == "HTTP_400"


def test_returns(ts: NodeClient, refusal: Any, order: str) -> None:
    tea, cup = product_order_ids(ts, order)
    ts("NaverCo", "ship", imp_uid=order, **PARCEL)
    back = {"imp_uid": order, "delivery_method": "RETURN_INDIVIDUAL"}
    assert len(ts("NaverCo", "requestReturn", **back)) == 2
    assert refusal("NaverCo", "requestReturn", **back) == "HTTP_500"
    of_tea = {"imp_uid": order, "product_order_id": [tea], "memo": "배송비"}
    [withheld] = ts("NaverCo", "withholdReturn", **of_tea, extra_charge=3_000)
    assert withheld["claim_status"] == "RETURN_REQUEST"
    assert refusal("NaverCo", "withholdReturn", imp_uid=order) == "HTTP_400"
    assert refusal("NaverCo", "approveReturn", **of_tea) == "HTTP_500"
    assert len(ts("NaverCo", "resolveReturn", imp_uid=order, product_order_id=[tea])) == 1
    assert refusal("NaverCo", "resolveReturn", imp_uid=order) == "HTTP_500"
    [returned] = ts("NaverCo", "approveReturn", **of_tea)
    assert returned["product_order_status"] == "RETURNED"
    [rejected] = ts("NaverCo", "rejectReturn", imp_uid=order, product_order_id=[cup], memo="개봉")
    assert rejected["claim_status"] == "RETURN_REJECT"
    assert refusal("NaverCo", "rejectReturn", imp_uid=order, product_order_id=[cup]) == "HTTP_400"


def test_what_the_sandbox_has_no_contract_for(refusal: Any, order: str) -> None:
    assert refusal("NaverCo", "shipExchanged", imp_uid=order, **PARCEL) == "IAMPORT_-1"
    assert refusal("NaverCo", "getReviews", **{"from": 1, "to": 2, "review_type": "general"}) == "IAMPORT_-1"


def test_what_the_gateway_does_not_have_any_more(refusal: Any) -> None:
    assert refusal("Kakao", "getOrders", payment_request_date="20240101") == "HTTP_404"


def test_every_method_is_called_here_with_right_and_with_wrong_input(ts: NodeClient) -> None:
    always_there = {("Cards", "getCards"), ("Banks", "getBanks")}
    never_there = {("NaverCo", "shipExchanged"), ("NaverCo", "getReviews"), ("Kakao", "getOrders")}
    methods = set(ts.methods)
    assert methods - never_there <= called_in(__file__, "ts")
    assert methods - always_there <= called_in(__file__, "refusal")
