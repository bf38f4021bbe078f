"""What the account's operator, a bank or a PG can make happen, by name; console and control API both call this."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, get_args

from ..state.clock import Leap, until
from . import Account, money
from .naver import product_orders
from .naver.moves import OF_THE_BUYER
from .payments.records import Document
from .payments.vbanks import is_waiting
from .refusals import CONSOLE_CANCEL, NOT_WAITING, Refusal
from .services import escrows

Values = Mapping[str, Any]
LEAPS: tuple[Leap, ...] = get_args(Leap)
SUMS = ("amount", "discount", "minimum")
TEXTS = ("reason", "pay_method", "card_code", "bank_code", "product_order_id")


def act(account: Account, imp_uid: str, action: str, values: Values) -> Document:
    """Let `action` (one of `ACTIONS`) happen to a payment; answers it as lookups do.

    Raises Refusal where the gateway's rules forbid it, ValueError for values that the action doesn't take.
    """
    allowed, happen = ACTIONS[action]
    if unknown := set(values) - set(allowed):
        raise ValueError(f"{action} does not take {', '.join(sorted(unknown))}")
    given = {name: value for name, value in values.items() if value is not None}
    if wrong := [name for name in TEXTS if not isinstance(given.get(name, ""), str)]:
        raise ValueError(f"{wrong[0]} must be text")
    for name in SUMS:
        if name in given:
            given[name] = _sum(name, given[name], account.stored(imp_uid)["currency"])
    return happen(account, imp_uid, given)


def expire(account: Account, imp_uid: str) -> Document:
    """The due date of a virtual account passes; it stays `ready`, and takes no more deposit."""
    with account.store.exclusive():
        row = account.stored(imp_uid)
        if not is_waiting(row):
            raise Refusal(1, NOT_WAITING)
        now = account.clock.unix()
        row.update(vbank_date=min(row["vbank_date"], now - 1), updated_at=now)
        account.store.put("payment", imp_uid, row)
    return account.payment(imp_uid)


def leap(account: Account, name: object) -> None:
    """Time passes at the gateway, by one of `LEAPS`; ValueError for anything else."""
    for known in LEAPS:
        if name == known:
            account.move_clock(until(known, account.clock.now()))
            return
    raise ValueError(f"time can leap by {', '.join(LEAPS)}")


def _approve(account: Account, imp_uid: str, given: Values) -> Document:
    quota = given.get("card_quota", 0)
    if isinstance(quota, bool) or not isinstance(quota, int):
        raise ValueError("card_quota must be a number of months")
    return account.approve(imp_uid, **given)


def _promote(account: Account, imp_uid: str, given: Values) -> Document:
    if "discount" not in given:
        raise ValueError("discount is missing")
    return account.promote(imp_uid, **given)


def _cancel(account: Account, imp_uid: str, given: Values) -> Document:
    amount = given.get("amount")
    if amount == 0:
        raise ValueError("amount must be more than 0")
    return account.cancel_in_console(imp_uid, amount, given.get("reason") or CONSOLE_CANCEL)


def _escrow(status: str) -> Callable[[Account, str, Values], Document]:
    """The buyer's answer to a delivery in escrow."""

    def happen(account: Account, imp_uid: str, given: Values) -> Document:
        escrows.answer(account, imp_uid, status, given.get("reason"))
        return account.payment(imp_uid)

    return happen


def _naver(name: str) -> Callable[[Account, str, Values], Document]:
    """Something that the buyer or a courier does with product orders at Naver Pay."""

    def happen(account: Account, imp_uid: str, given: Values) -> Document:
        product_orders.move_of_buyer(account, imp_uid, name, given.get("product_order_id"))
        return account.payment(imp_uid)

    return happen


ACTIONS: Mapping[str, tuple[tuple[str, ...], Callable[[Account, str, Values], Document]]] = {
    "approve": (("pay_method", "card_code", "card_quota", "bank_code"), _approve),
    "promote": (("discount", "minimum"), _promote),
    "decline": (("reason",), lambda account, imp_uid, given: account.decline(imp_uid, **given)),
    "close": ((), lambda account, imp_uid, given: account.close(imp_uid)),
    "issue_vbank": (("bank_code",), lambda account, imp_uid, given: account.issue_vbank(imp_uid, **given)),
    "deposit": (("amount",), lambda account, imp_uid, given: account.deposit(imp_uid, given.get("amount"))),
    "expire": ((), lambda account, imp_uid, given: expire(account, imp_uid)),
    "void": ((), lambda account, imp_uid, given: account.void(imp_uid)),
    "cancel": (("amount", "reason"), _cancel),
    "confirm_escrow": ((), _escrow(escrows.CONFIRMED)),
    "refuse_escrow": (("reason",), _escrow(escrows.REFUSED)),
    **{name: (("product_order_id",), _naver(name)) for name in OF_THE_BUYER},
}
"""By name: the values that it takes, and what happens."""


def _sum(name: str, value: Any, currency: str) -> Decimal:
    try:
        return money.read(value, currency)
    except ValueError as error:
        raise ValueError(f"{name} is {error}") from None
