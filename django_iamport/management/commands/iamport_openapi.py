"""The shop's own addresses that speak JSON, as an OpenAPI description: for clients that are generated from one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from django_iamport import exceptions
from django_iamport.exceptions import IamportError
from django_iamport.rules.status import Status

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TRUTH: Schema = {"type": "boolean"}
KEY: Schema = {
    "type": ["string", "integer"],
    "description": "The order by kind and key, shop.order:17; a key alone is of the view's own kind.",
}
NEXT: Schema = {"type": ["string", "null"], "description": "A page of the shop to go on to."}
NUMBER: Schema = {**TEXT, "description": "The number of the attempt."}
IMP_UID: Schema = {
    **TEXT,
    "maxLength": 50,
    "description": "The gateway's id of a payment: the window's callback was given it.",
}

BEGINS: dict[str, Schema] = {
    "channel": {**TEXT, "description": "One of IAMPORT_CHANNELS, by its name."},
    "void_account": {
        **TRUTH,
        "description": "The customer agreed to give up a virtual account that waits for its deposit.",
    },
    "return_to": {
        **TEXT,
        "description": "One of IAMPORT_RETURN_URLS, by its name: where a phone goes on to.",
    },
}

ANYWHERE = (
    exceptions.AttemptNotFound,
    exceptions.AuthenticationFailed,
    exceptions.BodyTooLarge,
    exceptions.Busy,
    exceptions.Conflict,
    exceptions.ConnectionFailed,
    exceptions.CsrfFailed,
    exceptions.Forbidden,
    exceptions.GatewayTimeout,
    exceptions.MalformedRequest,
    exceptions.MethodNotAllowed,
    exceptions.NotAuthenticated,
    exceptions.OutcomeUnknown,
    exceptions.PaymentUnknown,
    exceptions.PermissionDenied,
    exceptions.RateLimited,
    exceptions.ReceiverFailed,
    exceptions.Refused,
    exceptions.TooManyRequests,
    exceptions.UnexpectedAnswer,
)
AT_THE_BEGINNING = (
    exceptions.AccountKept,
    exceptions.AccountWaiting,
    exceptions.ChannelUnknown,
    exceptions.NotPayable,
    exceptions.OrderChanged,
    exceptions.OrderClosed,
    exceptions.OrderNotClosed,
    exceptions.OrderPaid,
)


class Command(BaseCommand):
    help = "Prints an OpenAPI description of the shop's addresses that speak JSON."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(description(), indent=2, ensure_ascii=False))


def description() -> Schema:
    """An OpenAPI 3.1 document; its paths are those under which the project includes `django_iamport.urls`."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Payments of the shop", "version": "1", "license": {"name": "MIT"}},
        "paths": {reverse(f"iamport:{name}"): {"post": operation} for name, operation in _operations()},
        "components": {
            "schemas": {"Checkout": _checkout(), "Error": _error()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operations() -> Iterable[tuple[str, Schema]]:
    checkout = {"$ref": "#/components/schemas/Checkout"}
    key = {**TEXT, "minLength": 16, "maxLength": 64, "description": "One-time: it makes one order."}
    yield (
        "order_create_ajax",
        _operation(
            "Makes an order and begins to pay it",
            {"checkout_key": key, "shown_amount": TEXT, **BEGINS},
            ["checkout_key"],
            _object({"order_id": TEXT, "checkout": {"oneOf": [checkout, {"type": "null"}]}, "next": NEXT}),
            (*ANYWHERE, *AT_THE_BEGINNING, exceptions.FormInvalid),
            further="The fields of the shop's order form stand beside these.",
        ),
    )
    yield (
        "order_checkout",
        _operation(
            "Begins to pay an order",
            {"order_id": KEY, **BEGINS},
            ["order_id"],
            checkout,
            (*ANYWHERE, *AT_THE_BEGINNING),
        ),
    )
    yield (
        "order_cancel",
        _operation(
            "Gives an unpaid order up",
            {"order_id": KEY},
            ["order_id"],
            _object({"order_id": TEXT, "next": TEXT}),
            (*ANYWHERE, *AT_THE_BEGINNING),
        ),
    )
    ask = {**TRUTH, "description": "False reads what the shop knows, without the gateway."}
    yield (
        "order_validation",
        _operation(
            "Verifies a payment, or says how an attempt stands",
            {"merchant_uid": NUMBER, "imp_uid": IMP_UID, "ask": ask},
            ["merchant_uid"],
            _object({"status": _status(), "merchant_uid": NUMBER, "next": NEXT, "message": TEXT}),
            ANYWHERE,
        ),
    )


def _operation(
    summary: str,
    takes: Mapping[str, Schema],
    required: list[str],
    answers: Schema,
    errors: Iterable[type[IamportError]],
    *,
    further: str = "",
) -> Schema:
    body: Schema = {"type": "object", "properties": dict(takes), "required": required}
    if further:
        body |= {"additionalProperties": True, "description": further}
    kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
    return {
        "summary": summary,
        "security": [{"token": []}, {"session": []}],
        "requestBody": {"required": True, "content": {kind: {"schema": body} for kind in kinds}},
        "responses": {"200": _response("Done.", answers), **_errors(errors)},
    }


def _errors(errors: Iterable[type[IamportError]]) -> Schema:
    """What may be answered instead, by status: each with the codes that it comes with."""
    codes: dict[int, list[str]] = {}
    for error in sorted(errors, key=lambda error: (error.http_status, error.code)):
        codes.setdefault(error.http_status, []).append(error.code)
    found: Schema = {}
    for status, names in codes.items():
        code = {"properties": {"error": {"properties": {"code": {"enum": names}}}}}
        schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, code]}
        found[str(status)] = _response(", ".join(names), schema)
    return found


def _response(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [*properties],
        "additionalProperties": False,
    }


def _status() -> Schema:
    return {"type": "string", "enum": [status.value for status in Status]}


def _checkout() -> Schema:
    parameters = {
        "type": "object",
        "description": "The parameters of IMP.request_pay, as they are.",
        "properties": {
            "merchant_uid": NUMBER,
            "amount": {"type": "number", "description": "In the currency's main unit."},
            "currency": TEXT,
            "name": TEXT,
            "m_redirect_url": TEXT,
        },
        "required": ["merchant_uid", "amount", "currency", "name", "m_redirect_url"],
    }
    return _object({"merchant_uid": NUMBER, "request_pay": parameters})


def _error() -> Schema:
    texts = {"type": "array", "items": TEXT}
    error = _object({"code": {**TEXT, "description": "Stable."}, "message": TEXT})
    error["properties"] |= {
        "fields": {"type": "object", "additionalProperties": texts, "description": "With form_invalid."},
        "next": {**TEXT, "description": "With account_kept: the page of the account that waits."},
        "detail": {**TEXT, "description": "While DEBUG is on: what the log would say."},
    }
    return _object({"error": error})
