"""What the payment window may do: open, approve, decline, close."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...state.stores import Row, Store
from .. import money
from ..channels import Catalog, Channel
from ..codes import BANKS, CARDS, INSTALMENTS_FROM, QUOTAS
from ..refusals import (
    ALREADY_PAID,
    CLOSED_BY_BUYER,
    DECLINED,
    NO_CHANNEL,
    NO_KEYS,
    NO_PAY_METHOD,
    TOO_LITTLE,
    WINDOW_OVER,
    WRONG_AMOUNT,
    WRONG_CURRENCY,
    WRONG_MERCHANT_UID,
    Refusal,
    not_opened,
    wrong_parameter,
)
from . import naver_cart, orders, prepare, records, request_pay, vbanks, wallets


@dataclass(frozen=True)
class Request:
    """The parameters of `IMP.request_pay` that decide something."""

    params: Mapping[str, Any]
    merchant_uid: str
    amount: Decimal
    currency: str
    channel: Channel
    cart: tuple[naver_cart.Line, ...] = ()


def read_request(params: Mapping[str, Any], channels: Catalog, now: datetime) -> Request:
    """Raises Refusal where the SDK would not open the window."""
    request_pay.check(params)
    merchant_uid = params.get("merchant_uid") or f"nobody_{int(now.timestamp() * 1000)}"
    if len(str(merchant_uid)) > 40:
        raise not_opened(WRONG_MERCHANT_UID)
    if not isinstance(merchant_uid, str):
        raise request_pay.wrong("merchant_uid")
    channel = _channel(params, channels, merchant_uid)
    currency = params.get("currency") or channel.rules.currencies[0]
    if currency not in channel.rules.currencies:
        raise not_opened(WRONG_CURRENCY)
    amount = _amount(params, currency, channel)
    cart = tuple(naver_cart.read(params, channel))
    return Request({**params, "merchant_uid": merchant_uid}, merchant_uid, amount, currency, channel, cart)


def _channel(params: Mapping[str, Any], channels: Catalog, merchant_uid: str) -> Channel:
    pay_method = records.text(params.get("pay_method"))
    group_id = params.get("channelGroupId") or params.get("channel_group_id")
    try:
        channel = channels.choose(
            params.get("channelKey"), params.get("pg"), pay_method, group_id=group_id, spread=merchant_uid
        )
    except LookupError:
        raise not_opened(NO_CHANNEL) from None
    if not channel.offers(pay_method):
        raise not_opened(NO_PAY_METHOD)
    if params.get("customer_uid") and not channel.provider.issues_keys:
        raise not_opened(NO_KEYS)
    return channel


def _amount(params: Mapping[str, Any], currency: str, channel: Channel) -> Decimal:
    """What is to be paid. A billing key costs nothing, and some PGs need no amount for one."""
    value, issues_key = params.get("amount"), bool(params.get("customer_uid"))
    if value is None and issues_key and channel.provider.key_without_amount:
        return Decimal(0)
    try:
        if isinstance(value, str) and channel.provider.text_amounts:
            value = money.read_text(value)
        amount = money.read(value, currency)
    except ValueError:
        raise not_opened(WRONG_AMOUNT) from None
    if amount == 0:
        if not issues_key:
            raise not_opened(WRONG_AMOUNT)
    elif amount < channel.rules.minimum:
        raise not_opened(TOO_LITTLE.format(channel.rules.minimum))
    return amount


def enforce(store: Store, request: Request) -> None:
    """Refuse another amount than the prepared one, and a `merchant_uid` that was paid before."""
    prepare.enforce(store, request.merchant_uid, request.amount, request.currency)
    if orders.is_paid(store, request.merchant_uid):
        raise not_opened(ALREADY_PAID)


def open_payment(request: Request, now: datetime) -> Row:
    """The record, with what is kept beside the payment: the window's key and where to go back."""
    row = records.new(
        request.params,
        imp_uid=orders.new_imp_uid(),
        channel=request.channel,
        amount=request.amount,
        currency=request.currency,
        now=int(now.timestamp()),
    )
    row.update(_taxes(request))
    row["key_charges"] = bool(row["customer_uid"] and request.amount) and _charges_with_key(
        row, request.channel
    )
    row["vbank_due_at"] = vbanks.due_at(request.params.get("vbank_due"), now)
    row["notice_url"] = request.params.get("notice_url")
    row["m_redirect_url"] = request.params.get("m_redirect_url")
    row["confirm_url"] = records.text(request.params.get("confirm_url"))
    row["display"] = request_pay.storable(request.params.get("display"))
    row["card"] = request_pay.storable(request.params.get("card"))
    row["free_interest"] = request.params.get("useFreeInterestFromMall") is True
    row["naver_cart"] = [asdict(line) for line in request.cart]
    row["language"] = records.text(request.params.get("language"))
    row["window_key"] = secrets.token_urlsafe(24)
    return row


def _charges_with_key(row: Row, channel: Channel) -> bool:
    """Whether the window that issues a billing key takes the amount, too: by telephone always."""
    return channel.provider.charges_with_key or row["asked_method"] == "phone"


def _taxes(request: Request) -> dict[str, Any]:
    """The parts of the amount that are free of tax or VAT, kept for refunds."""
    try:
        tax_free = money.read(request.params.get("tax_free") or 0, request.currency)
        vat = request.params.get("vat_amount")
        vat_amount = None if vat is None else money.read(vat, request.currency)
    except ValueError:
        raise not_opened(WRONG_AMOUNT) from None
    if tax_free + (vat_amount or 0) > request.amount:
        raise not_opened(WRONG_AMOUNT)
    return {
        "tax_free": money.stored(tax_free),
        "vat_amount": None if vat_amount is None else money.stored(vat_amount),
    }


def approve(
    row: Row,
    now: int,
    *,
    pay_method: str | None = None,
    card_code: str | None = None,
    card_quota: int = 0,
    bank_code: str | None = None,
) -> None:
    """The PG captured; also later than a failure. In the window, a `customer_uid` registers a card instead."""
    if row["status"] not in ("ready", "failed") or vbanks.is_waiting(row):
        raise Refusal(1, WINDOW_OVER)
    row.update(pay_method=wallets.answered_method(row, pay_method), emb_pg_provider=wallets.hub_wallet(row))
    if row["pay_method"] == "card":
        row.update(_card(row, card_code or row["card_code"] or "366", card_quota))
    elif row["pay_method"] == "trans":
        code = bank_code or "088"
        row.update(bank_code=code, bank_name=_known(BANKS, code), apply_num="")
    elif wallets.means_of(row):
        row.update(apply_num="")
    row.update(
        status="paid",
        paid_at=now,
        failed_at=0,
        fail_reason=None,
        pg_tid=_pg_tid(row["pg_provider"]),
        customer_uid_usage=row["customer_uid_usage"] or ("issue" if row["customer_uid"] else None),
    )


def decline(row: Row, now: int, reason: str | None) -> None:
    fail(row, now, "CARD_DECLINED", reason or DECLINED)


def close(row: Row, now: int) -> None:
    """The buyer left by X or "cancel"; an account that was issued stays as it is."""
    if vbanks.is_waiting(row):
        return
    fail(row, now, "CLOSED_BY_BUYER", CLOSED_BY_BUYER)


def fail(row: Row, now: int, error_code: str, reason: str) -> None:
    if row["status"] != "ready" or vbanks.is_waiting(row):
        raise Refusal(1, WINDOW_OVER)
    row.update(status="failed", failed_at=now, fail_reason=reason, error_code=error_code)


def _card(row: Row, code: str, quota: int) -> dict[str, Any]:
    too_small = quota and money.of(row["amount"]) < INSTALMENTS_FROM
    if quota not in QUOTAS or quota > row.get("most_months", quota) or too_small:
        raise wrong_parameter()
    return {
        "card_code": code,
        "card_name": _known(CARDS, code),
        "card_number": row["card_number"] or _some_number(),
        "card_quota": quota,
        "card_type": 0,
        "apply_num": f"{secrets.randbelow(10**8):08d}",
    }


def _pg_tid(pg_provider: str) -> str:
    if pg_provider == "kakaopay":
        return f"T{secrets.token_hex(10)[1:]}"
    prefix = "Stdpay" if pg_provider == "html5_inicis" else pg_provider
    return f"{prefix}{secrets.randbelow(10**14):014d}"


def _some_number() -> str:
    return f"{secrets.randbelow(900000) + 100000}******{secrets.randbelow(10**4):04d}"


def _known(names: Mapping[str, str], code: str) -> str:
    if code not in names:
        raise wrong_parameter()
    return names[code]
