"""A sandbox's file with many payments: one is made as a buyer makes it, and then copied, which is sooner done."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.files import FileStore
from django_iamport.testing.buyer import Buyer
from tests.standalone import standalone

AMOUNT = 1_000
AT_ONCE = 1_000
DIGITS, LETTERS = "0123456789", "abcdefghij"
# The numbers of both kinds in PostgreSQL's words, of the row `i`.
IMP_UID = "'imp_' || lpad(i::text, 12, '0')"
MERCHANT_UID = f"'test' || translate(lpad(i::text, 26, '0'), '{DIGITS}', '{LETTERS}')"


def imp_uid(number: int) -> str:
    return f"imp_{number:012}"


def merchant_uid(number: int) -> str:
    return "test" + f"{number:026}".translate(str.maketrans(DIGITS, LETTERS))


def fill(file: Path, payments: int) -> None:
    """Make the file, and in it paid payments with the numbers from 1 on."""
    with standalone("--db", str(file)) as sandbox:
        sandbox.end()
    store = FileStore(file)
    account = Account(store, Clock(store), Merchant())
    model = pay(account, 1)
    store.delete("payment", model["imp_uid"])
    for begin in range(1, payments + 1, AT_ONCE):
        with store.exclusive():
            for number in range(begin, min(begin + AT_ONCE, payments + 1)):
                account.write(model | _own(model, number, account.clock.unix()))
    store.close()


def pay(account: Account, number: int) -> dict[str, Any]:
    """What the sandbox keeps of a payment that a buyer made."""
    buyer = Buyer()
    buyer.account = account
    return account.stored(buyer.pay(SimpleNamespace(merchant_uid=merchant_uid(number), amount=AMOUNT)))


def _own(model: dict[str, Any], number: int, now: int) -> dict[str, Any]:
    """What no two payments have in common; all are paid by one card."""
    return {
        "started_at": now,
        "paid_at": now,
        "imp_uid": imp_uid(number),
        "merchant_uid": merchant_uid(number),
        "receipt_url": model["receipt_url"].replace(model["imp_uid"], imp_uid(number)),
        "pg_tid": f"Stdpay{number:014}",
        "apply_num": f"{number:08}",
        "window_key": f"{number:032}",
    }
