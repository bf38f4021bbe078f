"""Where the gateway's description contradicts itself or recorded answers: what holds instead, and why.

A place is a path into the description; `*` stands for any one step, and a step into a list is the `name` of an
entry. A place that no longer exists, or holds the correction already, makes a test fail: then it goes from here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

TEXT_OR_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
SCHEDULE = {"$ref": "#/definitions/ScheduleResultAnnotation"}
SCHEDULE_PAGE = {
    "required": ["total", "previous", "next", "list"],
    "properties": {
        **{name: {"type": "integer", "minimum": 0} for name in ("total", "previous", "next")},
        "list": {"type": "array", "items": SCHEDULE},
    },
}
LAST_SECOND = 253_402_300_799  # of the year 9999
LARGEST_SUM = 999_999_999_999
MOMENTS = ("_at", "_date", "_due", "inserted", "updated", "created", "now")

IDENTIFYING = ("_uid", "_id", "code", "status", "currency", "pg_provider")
MAY_BE_EMPTY = ("product_option_id",)  # a product without options is ordered too


class Correction(NamedTuple):
    where: str
    holds: Any  # or a function of what is there
    reason: str


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def envelope(response: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [ref("ResponseAnnotation"), {"properties": {"response": response}}]}


def without(*names: str) -> Callable[[list[str]], list[str]]:
    return lambda required: [name for name in required if name not in names]


AT_A_PLACE = (
    Correction(
        "definitions PaymentPrepareAnnotation required",
        ["merchant_uid", "amount"],
        "requires the fields of a page, which it isn't",
    ),
    Correction(
        "definitions BenepiaPointAnnotation required", ["point"], "requires a field of another definition"
    ),
    Correction(
        "definitions SucceededChannelAnnotation required",
        ["pg_provider", "pg_id", "inserted", "updated"],
        "requires `update`; the field is `updated`",
    ),
    Correction(
        "definitions VbankDepositAnnotation required", without("reason"), "requires a field it doesn't have"
    ),
    Correction(
        "definitions ResponseAnnotation required",
        ["code"],
        "without a code nothing tells success from failure; every recorded answer has one",
    ),
    Correction(
        "definitions PaymentwallDeliveryAnnotation required", ["code"], "an envelope, written out once more"
    ),
    Correction(
        "paths /kcpquick/autopay/{customer_uid} delete responses 200 schema required",
        ["code"],
        "an envelope, written out once more",
    ),
    Correction(
        "paths /kcpquick/members/{member_id}/fido/release post responses 200 schema required",
        ["code"],
        "an envelope, written out once more",
    ),
    Correction(
        "definitions PagedPaymentAnnotation required",
        ["total", "previous", "next", "list"],
        "a page without its rows would be no page",
    ),
    Correction(
        "definitions PaymentAnnotation properties promotion required",
        ["discount"],
        "a promotion without its discount can't be told from a forged amount",
    ),
    Correction(
        "definitions AuthAnnotation properties access_token pattern",
        "^[!-~]+$",
        "the token goes into a header, which not every text can",
    ),
    Correction(
        "paths * * responses",
        lambda declared: {"401": {"description": "Unauthorized"}, **declared},
        "a dead token is 401 everywhere, though four operations don't say so",
    ),
    *(
        Correction(
            f"paths {path} {method} responses 404",
            {"description": "Not Found"},
            "whoever asks by an id must hear that it is unknown; recorded answers and other operations use 404",
        )
        for path, method in (
            ("/cvs/{imp_uid}", "delete"),
            ("/payco/orders/status/{imp_uid}", "post"),
            ("/payments/prepare/{merchant_uid}", "get"),
            ("/receipts/{imp_uid}", "post"),
            ("/receipts/{imp_uid}", "delete"),
        )
    ),
    Correction(
        "paths /kcpquick/prepare/{merchant_uid} * responses 200 schema",
        ref("ResponseAnnotation"),
        "no schema at all; every answer is an envelope",
    ),
    Correction(
        "paths /subscribe/customers/{customer_uid} * responses 200 schema",
        {"anyOf": [ref("CustomerResponse"), ref("SuperBillingKeyResponse")]},
        "names two answers as if both came at once",
    ),
    Correction(
        "paths /subscribe/payments/schedule get responses 200 schema",
        envelope({"anyOf": [{"type": "array", "items": SCHEDULE}, SCHEDULE_PAGE]}),
        "declares an array; four official clients read a page",
    ),
    *(
        Correction(
            f"paths {path} get responses 200 schema",
            envelope({"anyOf": [{"type": "array", "items": SCHEDULE}, SCHEDULE_PAGE]}),
            "declares an array; four official clients read a page",
        )
        for path in (
            "/subscribe/payments/schedule/customers/{customer_uid}",
            "/subscribe/customers/{customer_uid}/schedules",
        )
    ),
    Correction(
        "paths /paymentwall/delivery post parameters status maxLength",
        16,
        "allows 10 characters, and words of 12 to 13",
    ),
    Correction(
        "paths /naver/reviews get parameters channel_key in", "query", "a form field of a GET, which has none"
    ),
    Correction(
        "paths * * parameters product_order_id items", {"type": "string"}, "a word where a schema belongs"
    ),
    Correction(
        "paths * * parameters notice_url",
        lambda declared: {**declared, "schema": TEXT_OR_TEXTS},
        "a text on some operations, an array on others; the gateway takes both",
    ),
    Correction(
        "paths /subscribe/payments/unschedule post parameters merchant_uid schema",
        TEXT_OR_TEXTS,
        "an array and a text at once; official clients send arrays",
    ),
    Correction(
        "paths /payments/cancel post parameters extra",
        lambda declared: {**declared, "schema": {"type": "object"}},
        "declared an array, described by named parts (`requester`)",
    ),
)


def bounds_are_numbers(schema: dict[str, Any]) -> None:
    for bound in ("maxLength", "minLength", "maximum", "minimum"):
        if isinstance(schema.get(bound), str):
            schema[bound] = int(schema[bound])


def properties_make_an_object(schema: dict[str, Any]) -> None:
    if "properties" in schema:
        schema.setdefault("type", "object")


def what_identifies_is_not_empty(schema: dict[str, Any]) -> None:
    for name in schema.get("required", ()) if isinstance(schema.get("properties"), dict) else ():
        identifies = name.endswith(IDENTIFYING) and name not in MAY_BE_EMPTY
        if identifies and schema["properties"].get(name, {}).get("type") == "string":
            schema["properties"][name]["minLength"] = 1


def absent_values_are_null(schema: dict[str, Any]) -> None:
    for name, declared in schema.get("properties", {}).items():
        if name not in schema.get("required", ()) and "anyOf" not in declared:
            schema["properties"][name] = {"anyOf": [declared, {"type": "null"}]}


def numbers_are_moments_or_sums(schema: dict[str, Any]) -> None:
    for name, declared in schema.get("properties", {}).items():
        if declared.get("type") == "integer" and name.endswith(MOMENTS):
            declared |= {"minimum": 0, "maximum": LAST_SECOND}
        elif declared.get("type") in ("number", "integer") and not name.endswith("code"):
            declared |= {"minimum": 0, "maximum": LARGEST_SUM}


EVERYWHERE = (
    (bounds_are_numbers, "some bounds are written as text, which no validator reads"),
    (properties_make_an_object, "`properties` without a type let everything pass that is no object"),
    (numbers_are_moments_or_sums, "unix seconds, sums and counts have no bounds"),
    (what_identifies_is_not_empty, "no required id, code or status is ever an empty text"),
    (absent_values_are_null, "recorded answers hold null for what is absent, and nothing is declared so"),
)


def corrected(description: dict[str, Any]) -> dict[str, Any]:
    """A copy of the description, with every correction made."""
    description = copy.deepcopy(description)
    for correction in AT_A_PLACE:
        for parent, key in places(description, correction.where):
            parent[key] = _held_instead(correction, parent, key)
    for schema in list(objects(description)):
        for correct, _ in EVERYWHERE:
            correct(schema)
    return description


def _held_instead(correction: Correction, parent: Any, key: Any) -> Any:
    if callable(correction.holds):
        return correction.holds(parent[key])
    return copy.deepcopy(correction.holds)


def places(description: Any, where: str) -> list[tuple[Any, Any]]:
    """Each container and key that a path leads to; the last step need not be there yet."""
    *way, last = where.split()
    parents = [description]
    for step in way:
        parents = [
            parent[key] for parent in parents for key in _keys(parent, step) if key in _all_keys(parent)
        ]
    return [(parent, key) for parent in parents for key in _keys(parent, last)]


def _keys(parent: Any, step: str) -> Iterable[Any]:
    if isinstance(parent, list):
        return [n for n, entry in enumerate(parent) if step in ("*", entry["name"])]
    return list(parent) if step == "*" else [step]


def _all_keys(parent: Any) -> Iterable[Any]:
    return range(len(parent)) if isinstance(parent, list) else parent


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from objects(inner)
