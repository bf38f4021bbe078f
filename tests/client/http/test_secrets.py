"""No key, token, account or person in any text that could end in a log, a report or a queue."""

from __future__ import annotations

import logging
import pickle
import socket
import traceback
from datetime import datetime, timezone
from math import inf
from typing import Any

import pytest
import requests

from django_iamport.client import Client, ConnectionFailed, GatewayError, Refused
from django_iamport.client.http.token import Token
from tests.error_mail import causes, shown, values_in_frames

PRIVATE = {
    "key": "KEY-9f3a",
    "secret": "SECRET-77c1",
    "token": "TOKEN-d41d",
    "account": "110-222-333444",
    "holder": "홍길동",
    "phone": "010-1234-5678",
    "card": "123456******7890",
    "mail": "hong@shop.example",
    "number": "4092-0230-1234-1234",
    "expiry": "2031-07",
    "birth": "880101",
    "password": "pw-42",
    "cvc": "cvc-917",
    "pg key": "pg-api-key-1d2f",
}


def texts_of(error: BaseException) -> str:
    parts = [str(error), repr(error), repr(vars(error)), "".join(traceback.format_exception(error))]
    for cause in causes(error):
        parts += [str(cause), repr(cause), repr(vars(cause))]
        request = getattr(cause, "request", None)  # whoever reports an error may report this as well
        parts += [shown(request)] if request is not None else []
    if isinstance(error, GatewayError):
        parts.append(repr(pickle.dumps(error)))
        parts.append(pickle.dumps(error, protocol=0).decode("unicode_escape"))
    return "\n".join(parts)


def assert_nothing_private(text: str) -> None:
    assert [name for name, value in PRIVATE.items() if value in text] == []


@pytest.fixture
def client(make_client, gateway, answers):
    gateway.token_answers = [answers.says(200, answers.granted(PRIVATE["token"])) for _ in range(2)]
    return make_client(PRIVATE["key"], PRIVATE["secret"])


def refund(client):
    return client.payments.cancel(
        "imp_1",
        amount=100,
        checksum=100,
        refund_holder=PRIVATE["holder"],
        refund_bank="88",
        refund_account=PRIVATE["account"],
        refund_tel=PRIVATE["phone"],
    )


FAULTS = {
    "cut": lambda answers: answers.hangs_up,
    "half": lambda answers: answers.breaks_off,
    "slow": lambda answers: answers.stays_silent,
    "not JSON": lambda answers: answers.says(200, repr(PRIVATE).encode()),
    "half an envelope": lambda answers: answers.says(200, {"code": 0, "buyer": PRIVATE}),
    "wrong types": lambda answers: answers.ok(answers.payment(amount=PRIVATE["card"], buyer=PRIVATE)),
    "500": lambda answers: answers.says(500, PRIVATE),
    "404": lambda answers: answers.says(404, {"code": -1, **PRIVATE}),
    "401": lambda answers: answers.says(401, PRIVATE),
    "redirect": lambda answers: answers.says(302, b"", Location="http://127.0.0.1:1/"),
    "echo": lambda answers: answers.refusal(
        200, -1, f"계좌 오류 [{PRIVATE['account']} {PRIVATE['holder']} {PRIVATE['phone']}]"
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_error_tells_anything_private(client, gateway, answers, fault, caplog):
    caplog.set_level(logging.DEBUG)
    client.get_token()
    client._transport._timeout = (2, 0.1 if fault == "slow" else 5)
    for call in (refund, lambda client: client.payments.find("imp_1")):
        gateway.token_answers = [answers.says(200, answers.granted(PRIVATE["token"])) for _ in range(3)]
        gateway.answers = [FAULTS[fault](answers)] * 2
        if fault == "echo" and call is not refund:
            continue
        with pytest.raises(GatewayError) as caught:
            call(client)
        # The source lines of a traceback are this file's; only what the errors say is looked at.
        assert_nothing_private(texts_of(caught.value))
    assert_nothing_private(caplog.text)


def test_a_refused_token_request_tells_neither_key_nor_secret(client, gateway, answers):
    gateway.token_answers = [answers.refusal(400, -1, f"{PRIVATE['key']} {PRIVATE['secret']}")]
    with pytest.raises(Refused) as caught:
        client.get_token()
    assert_nothing_private(texts_of(caught.value))


def test_nothing_private_is_in_the_repr_of_client_payment_or_their_parts(client, gateway, answers):
    gateway.answers = [
        answers.ok(
            answers.payment(
                vbank_num=PRIVATE["account"],
                vbank_holder=PRIVATE["holder"],
                buyer_name=PRIVATE["holder"],
                buyer_tel=PRIVATE["phone"],
                buyer_email=PRIVATE["mail"],
                custom_data=PRIVATE["mail"],
                card_number=PRIVATE["card"],
                name=PRIVATE["holder"],
                cancel_history=[{"amount": 1, "reason": PRIVATE["holder"]}],
            )
        )
    ]
    payment = client.payments.find("imp_1")
    assert payment.vbank_num == PRIVATE["account"]
    assert payment.raw["buyer_email"] == PRIVATE["mail"]
    parts = (client, client.payments, client._tokens, client._tokens._kept, client._transport, payment)
    assert_nothing_private("".join(f"{part!r} {part}" for part in parts))


def test_the_log_has_method_path_status_and_time(client, gateway, answers, caplog):
    caplog.set_level(logging.DEBUG, logger="django_iamport.client")
    gateway.answers = [answers.ok(answers.payment()), answers.hangs_up]
    client.payments.find("imp 1\n주문")
    with pytest.raises(GatewayError):
        refund(client)
    words = [
        record.getMessage().split() for record in caplog.records if record.name == "django_iamport.client"
    ]
    assert [" ".join(word[:3]) for word in words] == [
        "POST /users/getToken 200",
        "GET /payments/imp%201%0A%EC%A3%BC%EB%AC%B8 200",
        "POST /payments/cancel not",
    ]
    assert all(word[-1] == "ms" and word[-4:-2] == ["attempt", "1"] for word in words)
    assert_nothing_private(caplog.text)


LATER = datetime(2031, 7, 1, tzinfo=timezone.utc)
SECRET_CALLS = {
    "refund": refund,
    "void": lambda client: client.vbanks.void("imp_1", pg_api_key=PRIVATE["pg key"]),
    "account": lambda client: client.vbanks.issue(
        *("channel", "m1", 100, "088", LATER), pg_api_key=PRIVATE["pg key"], vbank_holder=PRIVATE["holder"]
    ),
    "key": lambda client: client.billing_keys.issue(
        *("customer", "channel", PRIVATE["number"], PRIVATE["expiry"]),
        birth=PRIVATE["birth"],
        pwd_2digit=PRIVATE["password"],
        cvc=PRIVATE["cvc"],
    ),
    "card": lambda client: client.subscribe.onetime(
        *("m1", 100, PRIVATE["number"], PRIVATE["expiry"]),
        birth=PRIVATE["birth"],
        pwd_2digit=PRIVATE["password"],
        buyer_tel=PRIVATE["phone"],
    ),
    "token": lambda client: (client._tokens.forget(PRIVATE["token"]), client.get_token()),
}


@pytest.mark.parametrize("fault", ["cut", "half", "500", "401"])
@pytest.mark.parametrize("call", SECRET_CALLS)
def test_no_error_carries_anything_private_in_its_frames(client, gateway, answers, call, fault):
    gateway.token_answers = [answers.says(200, answers.granted(PRIVATE["token"])) for _ in range(2)]
    client.get_token()
    gateway.token_answers = [FAULTS[fault](answers)] * 2
    gateway.answers = [FAULTS[fault](answers)] * 2

    with pytest.raises((GatewayError, ValueError)) as caught:
        SECRET_CALLS[call](client)

    assert_nothing_private(texts_of(caught.value))
    assert_nothing_private(values_in_frames(caught.value))


def test_no_connection_says_why_and_names_no_query():
    with socket.socket() as listening_to_nobody:
        listening_to_nobody.bind(("127.0.0.1", 0))
        address = "http://{}:{}".format(*listening_to_nobody.getsockname())
    client = Client(PRIVATE["key"], PRIVATE["secret"], base_url=address)
    client._tokens._kept = Token(PRIVATE["token"], inf)

    with pytest.raises(
        ConnectionFailed, match=r"^vbanks.void: no connection .*: Connection refused"
    ) as caught:
        client.vbanks.void("imp_1", pg_api_key=PRIVATE["pg key"])

    assert [*causes(caught.value)] == [caught.value]
    assert_nothing_private(values_in_frames(caught.value))


@pytest.mark.parametrize("broken", ["hook", "float", "option", "argument"])
def test_an_error_of_the_caller_carries_nothing_private_either(make_client, gateway, answers, broken):
    gateway.answers = [answers.ok(answers.payment())]
    session = requests.Session()
    client = make_client(PRIVATE["key"], PRIVATE["secret"], session=session)
    client._tokens._kept = Token(PRIVATE["token"], inf)
    session.hooks["response"] = [lambda *_, **__: 1 / 0] if broken == "hook" else []
    wrong: dict[str, Any] = {"float": {"amount": 0.5}, "option": {"tie": 1}}.get(broken, {})
    arguments = () if broken == "argument" else ("imp_1",)

    with pytest.raises((ArithmeticError, TypeError, ValueError)) as caught:
        client.payments.cancel(
            *arguments, **{"amount": 1, "checksum": 1, "refund_account": PRIVATE["account"], **wrong}
        )

    assert_nothing_private(values_in_frames(caught.value))
    names = [frame.name for frame in traceback.extract_tb(caught.tb)]
    assert broken == "argument" or "cancel" in names


def test_what_the_caller_was_handling_keeps_its_values(client, gateway, answers):
    def find_again(order):
        try:
            raise LookupError
        except LookupError:
            client.payments.find("imp_1")

    gateway.answers = [answers.says(500, {})] * 2
    with pytest.raises(GatewayError) as caught:
        find_again("order 17")

    handled = caught.value.__context__
    assert handled.__traceback__.tb_frame.f_locals["order"] == "order 17"


def test_a_client_that_cannot_be_made_carries_no_secret():
    with pytest.raises(ValueError, match="IPv6") as caught:
        Client(PRIVATE["key"], PRIVATE["secret"], base_url="http://[::1")

    assert_nothing_private(values_in_frames(caught.value))


def test_errors_come_out_of_a_pickle_as_they_went_in():
    error = Refused(
        gateway_code=1, gateway_message="왜", operation="payments.cancel", imp_uid="imp_1", status=200
    )
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), vars(copied), str(copied)) == (Refused, vars(error), str(error))


def test_an_id_from_a_browser_can_not_forge_a_line_of_the_log():
    assert "\n" not in str(GatewayError(operation="payments.find", imp_uid="imp_1\nERROR all paid"))
    assert len(str(GatewayError(imp_uid="x" * 10_000))) < 200
