"""Payments to look at: one in each state that a shop meets, and those that public test suites ask for."""

from typing import Any

from .rules import Account, outbox
from .rules.actions import act
from .rules.channels import TEST_KEY
from .rules.payments import fixtures

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

_VBANK = {"pay_method": "vbank", "vbank_code": "004", "vbank_name": "KB국민은행", "vbank_holder": "연습상점"}
PUBLIC_TESTS: tuple[dict[str, Any], ...] = (
    # the one that every client's examples name; refunded long ago
    {
        "imp_uid": "imp_448280090638",
        "merchant_uid": "merchant_1448280088556",
        "name": "결제테스트",
        "amount": 1_004,
        "status": "cancelled",
        "paid_at": 1448280112,
        "cancelled_at": 1448280500,
    },
    {
        "imp_uid": "imp_138841716839",
        "merchant_uid": "merchant_138841716839",
        "name": "취소된 결제",
        "amount": 1_000,
        "status": "cancelled",
        "paid_at": 1488417300,
        "cancelled_at": 1488417900,
    },
    {
        **_VBANK,
        "imp_uid": "imp_1416557733458",
        "merchant_uid": "merchant_1416557727868",
        "name": "취소된 가상계좌",
        "amount": 1_000,
        "status": "cancelled",
        "vbank_num": "79000000000001",
        "vbank_issued_at": 1416557733,
        "paid_at": 1416558000,
        "cancelled_at": 1416560000,
    },
    {
        "imp_uid": "imp_011115679124",
        "merchant_uid": "merchant_011115679124",
        "name": "페이코 결제",
        "amount": 10_000,
        "pay_method": "payco",
        "pg_provider": "payco",
        "emb_pg_provider": "payco",
    },
    {
        "imp_uid": "imp_436389624339",
        "merchant_uid": "merchant_436389624339",
        "name": "페이코 주문",
        "amount": 10_000,
        "pay_method": "payco",
        "pg_provider": "payco",
        "emb_pg_provider": "payco",
    },
    {
        "imp_uid": "imp_205852873956",
        "merchant_uid": "merchant_205852873956",
        "name": "에스크로 결제",
        "amount": 10_000,
        "escrow": True,
    },
    {
        "imp_uid": "imp_785510843101",
        "merchant_uid": "ORD20180131-0009728",
        "name": "노르웨이 회전 의자",
        "amount": 100,
        "escrow": True,
        "pg_provider": "kcp",
        "pg_id": "T0000",
        "pg_tid": "20517935943730",
        "started_at": 1600828510,
        "paid_at": 1600828565,
    },
    {
        **_VBANK,
        "imp_uid": "imp_338103167934",
        "merchant_uid": "merchant_1601964102920",
        "name": "주문명:결제테스트",
        "amount": 200,
        "pg_id": "INIpayTest",
        "sandbox": False,
        "pg_tid": "StdpayVBNKINIpayTest20201006150251995341",
        "vbank_num": "79959078731512",
        "vbank_date": 1604588399,
        "vbank_issued_at": 1601964172,
        "started_at": 1601964103,
        "paid_at": 1601964198,
    },
    {"imp_uid": "imp_123400000001", "merchant_uid": "1234qwer", "name": "결제", "amount": 1_000},
)
"""By the numbers that tests of public clients name, those of the official ones for Java, PHP, Node, Go and Python.

No person of theirs is among it. An `imp_uid` of which such a test names the `merchant_uid` alone is our own.
"""


def create_public_tests(account: Account) -> list[str]:
    """Answers the `imp_uid`s; written anew where they are known."""
    return fixtures.import_payments(account, list(PUBLIC_TESTS))


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
