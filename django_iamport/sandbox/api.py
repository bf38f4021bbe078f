"""REST routes of the gateway, apart from any web framework: a request in, envelope and status out."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from .gateway import Gateway, Refusal
from .gateway.cancels import CancelRequest
from .gateway.gateway import SORTINGS
from .gateway.refusals import (
    NO_OPERATION,
    NO_PAGE,
    TOO_MANY_IDS,
    WRONG_METHOD,
    unknown_payment,
    wrong_parameter,
)
from .parameters import Parameters

STATUSES = ("ready", "paid", "failed", "cancelled")
MOST_IDS = 100
MOST_A_PAGE = 1000


@dataclass(frozen=True)
class Answer:
    """`body` is the envelope `{code, message, response}` as UTF-8 JSON."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """One request, as an operation sees it."""

    gateway: Gateway
    query: Parameters
    body: Parameters


Operation = Callable[..., "Result"]


@dataclass(frozen=True)
class Result:
    response: Any
    status: int = 200


def dispatch(
    gateway: Gateway, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Answer a request; `path` and `query` are percent-encoded, `path` begins at the API's root."""
    given = {name.lower(): value for name, value in headers.items()}
    try:
        operation, arguments = _route(method.upper(), path)
        if operation is not get_token:
            gateway.require_token(given.get("authorization", ""))
        parameters = Parameters.of_body(body, given.get("content-type", "application/json"))
        result = operation(Call(gateway, Parameters.of_query(query), parameters), **arguments)
    except Refusal as refusal:
        return envelope(refusal.status, int(refusal.code), refusal.text, None)
    return envelope(result.status, 0, None, result.response)


def envelope(status: int, code: int, message: str | None, response: Any) -> Answer:
    document = {"code": code, "message": message, "response": response}
    return Answer(status, json.dumps(document, ensure_ascii=False).encode())


def get_token(call: Call) -> Result:
    return Result(call.gateway.token(call.body.text("imp_key"), call.body.text("imp_secret")))


def prepare_create(call: Call) -> Result:
    return Result(call.gateway.prepare_create(*_prepared(call.body)))


def prepare_change(call: Call) -> Result:
    return Result(call.gateway.prepare_change(*_prepared(call.body)))


def prepare_read(call: Call, merchant_uid: str) -> Result:
    return Result(call.gateway.prepare_read(merchant_uid))


def payment(call: Call, imp_uid: str) -> Result:
    return Result(call.gateway.payment(imp_uid, include_sandbox=call.query.flag("include_sandbox")))


def payments(call: Call) -> Result:
    """Several at once: 207 where some are unknown, 404 where all are."""
    imp_uids, merchant_uids = call.query.values("imp_uid"), call.query.values("merchant_uid")
    if len(imp_uids) + len(merchant_uids) > MOST_IDS:
        raise wrong_parameter(TOO_MANY_IDS)
    found = [*_known(call.gateway.payment, imp_uids), *_known(call.gateway.find, merchant_uids)]
    if not found:
        raise unknown_payment()
    return Result(found, 200 if len(found) == len(imp_uids) + len(merchant_uids) else 207)


def find(call: Call, merchant_uid: str, payment_status: str | None = None) -> Result:
    status, sorting = _filters(call.query, payment_status)
    return Result(call.gateway.find(merchant_uid, status=status, sorting=sorting))


def find_all(call: Call, merchant_uid: str, payment_status: str | None = None) -> Result:
    status, sorting = _filters(call.query, payment_status)
    page, limit = call.query.whole("page", 1), call.query.whole("limit", 20)
    if not page or not 1 <= limit <= MOST_A_PAGE:
        raise wrong_parameter()
    total, documents = call.gateway.find_page(
        merchant_uid, status=status, sorting=sorting, page=page, limit=limit
    )
    if not total:
        raise unknown_payment()
    if not documents:
        raise wrong_parameter(NO_PAGE)
    following = page + 1 if page * limit < total else 0
    return Result({"total": total, "previous": page - 1, "next": following, "list": documents})


def cancel(call: Call) -> Result:
    body = call.body
    request = CancelRequest(
        amount=body.amount("amount"),
        checksum=body.amount("checksum"),
        reason=body.text("reason"),
        refund_account={
            name: body.text(name) for name in ("refund_holder", "refund_bank", "refund_account", "refund_tel")
        },
    )
    return Result(
        call.gateway.cancel(
            body.text("imp_uid"),
            body.text("merchant_uid"),
            request,
            enable_webhook=body.flag("enable_webhook"),
        )
    )


def void(call: Call, imp_uid: str) -> Result:
    return Result(call.gateway.void(imp_uid))


ID = r"[^/]+"
ROUTES: list[tuple[re.Pattern[str], dict[str, Operation]]] = [
    (re.compile(pattern), operations)
    for pattern, operations in (
        (r"/users/getToken", {"POST": get_token}),
        (r"/payments", {"GET": payments}),
        (r"/payments/cancel", {"POST": cancel}),
        (r"/payments/prepare", {"POST": prepare_create, "PUT": prepare_change}),
        (rf"/payments/prepare/(?P<merchant_uid>{ID})", {"GET": prepare_read}),
        (rf"/payments/find/(?P<merchant_uid>{ID})(?:/(?P<payment_status>{ID}))?", {"GET": find}),
        (rf"/payments/findAll/(?P<merchant_uid>{ID})(?:/(?P<payment_status>{ID}))?", {"GET": find_all}),
        (rf"/payments/(?P<imp_uid>{ID})", {"GET": payment}),
        (rf"/vbanks/(?P<imp_uid>{ID})", {"DELETE": void}),
    )
]


def _route(method: str, path: str) -> tuple[Operation, dict[str, str | None]]:
    trimmed = path.rstrip("/")
    for pattern, operations in ROUTES:
        match = pattern.fullmatch(trimmed)
        if match is None:
            continue
        if method not in operations:
            raise Refusal(-1, WRONG_METHOD, 405)
        named = match.groupdict()
        return operations[method], {name: value and unquote(value) for name, value in named.items()}
    raise Refusal(-1, NO_OPERATION, 404)


def _prepared(body: Parameters) -> tuple[str, Any, str | None]:
    merchant_uid, currency = body.required("merchant_uid"), body.text("currency")
    amount = body.amount("amount", currency or "USD")
    if not amount or len(merchant_uid) > 40:
        raise wrong_parameter()
    return merchant_uid, amount, currency


def _filters(query: Parameters, payment_status: str | None) -> tuple[str | None, str]:
    sorting = query.text("sorting") or "-started"
    if sorting not in SORTINGS or payment_status not in (None, *STATUSES):
        raise wrong_parameter()
    return payment_status, sorting


def _known(lookup: Callable[[str], Any], ids: list[str]) -> list[Any]:
    found = []
    for each in ids:
        with suppress(Refusal):
            found.append(lookup(each))
    return found
