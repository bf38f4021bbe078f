"""Bodies and queries are read as PHP reads them, whatever a client's library makes of lists and parts."""

import json
import secrets
from typing import Any
from urllib.parse import quote

import pytest
import requests
from django.test import Client

from django_iamport.sandbox import api as rest
from django_iamport.sandbox.api import forms
from django_iamport.sandbox.api.dispatch import operation_of
from django_iamport.sandbox.rules import Account

FORM = "application/x-www-form-urlencoded"
CARD = {"card_number": "4242-4242-4242-4242", "expiry": "2099-12"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("imp_key=a& imp_secret=b", {"imp_key": "a", "imp_secret": "b"}),
        ("imp_key=a&%20imp_secret=b", {"imp_key": "a", "imp_secret": "b"}),
        ("imp_uid[]=a&imp_uid[]=b", {"imp_uid": ["a", "b"]}),
        ("imp_uid%5B%5D=a&imp_uid%5B%5D=b", {"imp_uid": ["a", "b"]}),
        ("imp_uid[0]=a&imp_uid[1]=b", {"imp_uid": ["a", "b"]}),
        ("imp_uid[7]=a&imp_uid[]=b", {"imp_uid": ["a", "b"]}),
        ("extra[requester]=admin", {"extra": {"requester": "admin"}}),
        (
            "schedules[0][amount]=1&schedules[0][name]=a&schedules[1][amount]=2",
            {"schedules": [{"amount": "1", "name": "a"}, {"amount": "2"}]},
        ),
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a=2", {"a": "2"}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a=&b", {"a": "", "b": ""}),
        ("=1&[x]=2&a[=3", {"a": "3"}),
        ("", {}),
    ],
)
def test_names_and_brackets_are_read_as_php_reads_them(text: str, values: dict[str, Any]) -> None:
    assert forms.read_query(text.encode()) == values


def test_a_name_that_is_nested_beyond_sense_is_passed_over() -> None:
    assert forms.read_query(b"a" + b"[b]" * 100_000 + b"=1&c=2") == {"c": "2"}


def multipart(**fields: str) -> tuple[bytes, str]:
    files = {name: (None, value) for name, value in fields.items()}
    prepared = requests.Request("POST", "http://x/", files=files).prepare()
    assert isinstance(prepared.body, bytes)
    return prepared.body, prepared.headers["Content-Type"]


def test_a_multipart_body_is_read_without_its_files() -> None:
    files = {"name": (None, "양말\r\n두 켤레"), "extra[requester]": (None, "admin"), "file": ("a.txt", b"x")}
    prepared = requests.Request("POST", "http://x/", files=files).prepare()
    assert isinstance(prepared.body, bytes)
    values = forms.read_multipart(prepared.body, prepared.headers["Content-Type"])
    assert values == {"name": "양말\r\n두 켤레", "extra": {"requester": "admin"}}


@pytest.mark.parametrize("body", [b"", b"nothing of the kind", b"--x\r\n\r\n--x--", b"\xff\xfe"])
def test_a_multipart_body_that_is_none_holds_nothing(body: bytes) -> None:
    assert forms.read_multipart(body, "multipart/form-data; boundary=x") == {}


def said(account: Account, path: str, body: bytes, content_type: str) -> Any:
    token = account.token("sandbox-key", "sandbox-secret")["access_token"]
    headers = {"Content-Type": content_type, "Authorization": token}
    return json.loads(rest.dispatch(account, "POST", path, "", headers, body).body)


def test_a_token_is_given_to_a_form_with_a_space_before_a_name(account: Account) -> None:
    answer = said(account, "/users/getToken", b"imp_key=sandbox-key& imp_secret=sandbox-secret", FORM)
    assert answer["code"] == 0


def test_a_token_is_given_to_a_multipart_body(account: Account) -> None:
    body, content_type = multipart(imp_key="sandbox-key", imp_secret="sandbox-secret")
    assert said(account, "/users/getToken", body, content_type)["code"] == 0


def test_schedules_are_booked_by_a_form(account: Account) -> None:
    moment = account.clock.unix() + 1000
    fields = {"customer_uid": "kim", **CARD}
    for n, merchant_uid in enumerate(("a", "b")):
        fields |= {
            f"schedules[{n}][merchant_uid]": merchant_uid,
            f"schedules[{n}][schedule_at]": str(moment),
            f"schedules[{n}][amount]": "9900",
        }
    body = "&".join(f"{name}={quote(value)}" for name, value in fields.items()).encode()
    answer = said(account, "/subscribe/payments/schedule", body, FORM)
    assert [(each["merchant_uid"], each["amount"]) for each in answer["response"]] == [
        ("a", 9_900),
        ("b", 9_900),
    ]


def test_several_payments_are_looked_up_by_numbered_ids(api: Any, account: Account) -> None:
    ids = [account.open_window({"merchant_uid": each, "amount": 100})["imp_uid"] for each in ("a", "b")]
    found = api("GET", f"/payments?imp_uid[0]={ids[0]}&imp_uid[1]={ids[1]}")
    assert [payment["imp_uid"] for payment in found.response] == ids


@pytest.mark.parametrize("amount", ["a[]=1", "amount[]=1", "amount[x]=1", "amount[0][y]=1"])
def test_a_list_where_a_number_belongs_is_a_wrong_parameter(account: Account, amount: str) -> None:
    body = f"merchant_uid=a&{amount}".encode()
    assert said(account, "/payments/prepare", body, FORM)["code"] == 1


def test_a_slash_in_an_id_is_part_of_the_id(api: Any) -> None:
    api("POST", "/payments/prepare", {"merchant_uid": "a/b", "amount": 100})
    assert api("GET", "/payments/prepare/a%2Fb").response["merchant_uid"] == "a/b"


@pytest.mark.django_db
def test_behind_a_server_that_decodes_paths_a_slash_is_still_part_of_the_id(client: Client) -> None:
    credentials = {"imp_key": "sandbox-key", "imp_secret": "sandbox-secret"}
    token = client.post("/sandbox/api/users/getToken", credentials).json()["response"]["access_token"]
    headers = {"Authorization": token}
    client.post("/sandbox/api/payments/prepare", {"merchant_uid": "a/b", "amount": 100}, headers=headers)
    found = client.get("/sandbox/api/payments/prepare/a%2Fb", headers=headers)
    assert found.json()["response"]["merchant_uid"] == "a/b"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "/", "/payments/a%0Ab", "/a%0A/b%0A", "/%0A", "/%00", "/%FF%FE"])
def test_whatever_the_path_the_answer_is_an_envelope(client: Client, path: str) -> None:
    answer = client.get(f"/sandbox/api{path}")
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert set(answer.json()) == {"code", "message", "response"}


@pytest.mark.django_db
def test_a_body_beyond_what_django_reads_is_refused_in_an_envelope(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = {"merchant_uid": secrets.token_hex(100)}
    answer = client.post("/sandbox/api/users/getToken", body, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, -1)


def test_more_slashes_than_needed_change_nothing() -> None:
    assert operation_of("POST", "//users/getToken/") == "get_token"
