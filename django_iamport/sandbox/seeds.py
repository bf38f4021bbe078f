"""Payments to look at: one in each state that a shop meets."""

from typing import Any

from .rules import Account, outbox
from .rules.actions import act
from .rules.channels import TEST_KEY

BUYER = {
    "buyer_name": "김지은",
    "buyer_email": "jieun@example.com",
    "buyer_tel": "010-0000-0000",
    "buyer_addr": "서울특별시 중구 세종대로 110",
    "buyer_postcode": "04524",
}

SEEDS: tuple[tuple[dict[str, Any], tuple[tuple[str, dict[str, Any]], ...]], ...] = (
    (
        {"name": "분청 접시 2점", "amount": 96_000},
        (("approve", {"card_code": "366", "card_quota": 3}),),
    ),
    ({"name": "매듭 책갈피", "amount": 12_000}, (("approve", {"pay_method": "trans", "bank_code": "004"}),)),
    ({"name": "붓펜 한 쌍", "amount": 8_500}, (("approve", {"pay_method": "phone"}),)),
    ({"name": "청자 찻잔", "amount": 42_000}, (("issue_vbank", {"bank_code": "088"}),)),
    ({"name": "모시 스카프", "amount": 68_000}, (("issue_vbank", {"bank_code": "020"}), ("deposit", {}))),
    ({"name": "옻칠 수저", "amount": 35_000}, (("issue_vbank", {"bank_code": "011"}), ("expire", {}))),
    ({"name": "한지 조명", "amount": 120_000}, (("decline", {}),)),
    ({"name": "자개 손거울", "amount": 27_000}, (("close", {}),)),
    ({"name": "놋그릇 세트", "amount": 180_000}, (("approve", {"card_code": "381"}), ("cancel", {}))),
    (
        {"name": "누비 파우치 3개", "amount": 57_000},
        (("approve", {"card_code": "365"}), ("cancel", {"amount": 19_000, "reason": "1개 반품"})),
    ),
    ({"name": "소반", "amount": 240_000}, (("decline", {}), ("approve", {"card_code": "367"}))),
    ({"name": "목화 이불", "amount": 150_000}, ()),
    ({"name": "시험 결제", "amount": 1_000, "channelKey": TEST_KEY}, (("approve", {}),)),
)


def create_payments(account: Account) -> list[str]:
    """One in each state; answers the `imp_uid`s, oldest first. No webhook is sent: they are nobody's orders."""
    imp_uids = []
    with account.store.exclusive():
        for number, (params, actions) in enumerate(SEEDS, start=1):
            merchant_uid = f"seed{account.clock.unix()}{number:02d}"
            opened = account.open_window({**BUYER, **params, "merchant_uid": merchant_uid}, enforce=False)
            imp_uid = opened["imp_uid"]
            for action, values in actions:
                act(account, imp_uid, action, values)
            for row in account.store.find(outbox.KIND, imp_uid=imp_uid):
                account.store.delete(outbox.KIND, row["key"])
            imp_uids.append(imp_uid)
    return imp_uids
