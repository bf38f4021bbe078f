"""Each check of a setting speaks where a value is missing or wrong, says what to do, and is silent otherwise."""

from datetime import timedelta

import pytest
from django.core.checks import Error
from django.test import override_settings

from django_iamport import checks, conf
from django_iamport.checks.settings import SETTINGS

RIGHT = {
    "IAMPORT_KEY": ["1234567890"],
    "IAMPORT_SECRET": ["secret"],
    "IAMPORT_MERCHANT_CODE": ["imp00000000"],
    "IAMPORT_TRANSACTION_MODEL": ["shop.OrderTransaction", "shop.TicketTransaction"],
    "IAMPORT_SITE_URL": [None, "https://shop.example", "http://127.0.0.1:8000"],
    "IAMPORT_MERCHANT_UID_PREFIX": ["", "a", "shop1234"],
    "IAMPORT_FORMER_PREFIXES": [(), ("",), ["old", "older"]],
    "IAMPORT_COPIED_PREFIXES": [(), ("",), {"live"}],
    "IAMPORT_TIER_CODE": [None, "ABC", "0A1"],
    "IAMPORT_CHANNEL_KEY": [None, "channel-key-1"],
    "IAMPORT_PG": [None, "html5_inicis"],
    "IAMPORT_CHANNELS": [
        {},
        {
            "card": {"channelKey": "k", "pay_method": "card"},
            "naver-pay_2": {"pg": "naverpay", "pg_id": "MID"},
        },
    ],
    "IAMPORT_API_URL": ["https://api.iamport.kr", "http://127.0.0.1:8000/sandbox/api"],
    "IAMPORT_SDK_URL": ["https://cdn.iamport.kr/v1/iamport.js", "/sandbox/iamport.js"],
    "IAMPORT_TIMEOUT": [5, 0.5, (3.05, 10), [3, 10]],
    "IAMPORT_CACHE": ["default"],
    "IAMPORT_TEST_MODE": [True, False],
    "IAMPORT_SEND_NOTICE_URL": [True, False],
    "IAMPORT_SEND_CONFIRM_URL": [True, False],
    "IAMPORT_GIVE_UP_AFTER": [None, timedelta(days=2)],
    "IAMPORT_WEBHOOK_QUEUE": [None, "django_iamport.tasks.queue_in_celery"],
    "IAMPORT_METRICS": [None, "tests.signals.test_monitoring.record"],
    "IAMPORT_SANDBOX_ALLOWED": [False],
    "IAMPORT_AUTO_CANCEL": [(), ("forged",), ["forged", "duplicate"], {"order_closed"}],
    "IAMPORT_REQUEST_PAY": [{}, {"digital": True}],
    "IAMPORT_RETURN_URLS": [{}, {"app": "myshop://paid", "web": "https://app.example/#/paid"}],
    "IAMPORT_RETENTION_YEARS": [1, 5, 100],
    "IAMPORT_ATTEMPT_BUDGET": [None, (30, 600), [1, 1]],
    "IAMPORT_ORDER_BUDGET": [None, (10, 300), [1, 1]],
    "IAMPORT_ADDRESS_BUDGET": [None, (300, 300), [1, 1]],
    "IAMPORT_ADDRESS_HEADER": [None, "X-Real-IP", "CF-Connecting-IP"],
}
WRONG = {
    "IAMPORT_KEY": [None, "", " ", 5],
    "IAMPORT_SECRET": [None, "", 5],
    "IAMPORT_MERCHANT_CODE": [None, "", "00000000", 5],
    "IAMPORT_TRANSACTION_MODEL": [None, "", "OrderTransaction", "a.b.c", 5],
    "IAMPORT_SITE_URL": ["shop.example", "ftp://shop.example", "https://", 5, "//shop.example"],
    "IAMPORT_MERCHANT_UID_PREFIX": ["shop-1", "SHOP", "ninechars", "한", None, 5],
    "IAMPORT_FORMER_PREFIXES": [None, "old", ("OLD",), (5,), ("ninechars",)],
    "IAMPORT_COPIED_PREFIXES": [None, "live", ("LIVE",), ("test",)],
    "IAMPORT_TIER_CODE": ["", "AB", "ABCD", "abc", "A-C", 5],
    "IAMPORT_CHANNEL_KEY": ["", 5],
    "IAMPORT_PG": ["", 5],
    "IAMPORT_CHANNELS": [
        None,
        ["card"],
        {"card": "channel-key-1"},
        {"card": {}},
        {"card": {"channelKey": ""}},
        {"card": {"pay_method": "card"}},
        {"카드": {"channelKey": "k"}},
        {"": {"channelKey": "k"}},
        {"x" * 41: {"channelKey": "k"}},
        {"card": {"channelKey": "k", "amount": 1}},
        {"card": {"channelKey": "k", "pg_id": None}},
    ],
    "IAMPORT_API_URL": [None, "", "api.iamport.kr", "/sandbox/api", 5],
    "IAMPORT_SDK_URL": [None, "", "iamport.js", 5],
    "IAMPORT_TIMEOUT": [None, 0, -1, "5", True, (3,), (3, 0), (1, 2, 3), (3, None)],
    "IAMPORT_CACHE": ["no such cache", None, 5],
    "IAMPORT_TEST_MODE": [None, "False", 1],
    "IAMPORT_SEND_NOTICE_URL": [None, "yes", 0],
    "IAMPORT_SEND_CONFIRM_URL": [None, "yes", 0],
    "IAMPORT_GIVE_UP_AFTER": [0, 3600, timedelta(0), timedelta(days=-1), "1d"],
    "IAMPORT_METRICS": ["prometheus", "tests.signals", "tests.signals.nothing", 5, True],
    "IAMPORT_WEBHOOK_QUEUE": ["celery", "django_iamport.tasks", "django_iamport.tasks.nothing", 5, True],
    "IAMPORT_SANDBOX_ALLOWED": [None, "no"],
    "IAMPORT_AUTO_CANCEL": ["forged", ("sold_out",), None, True, {"forged": 1}, (1,)],
    "IAMPORT_REQUEST_PAY": [None, [], {"amount": 1}, {"merchant_uid": "x"}, {"customer_uid": "x"}],
    "IAMPORT_RETURN_URLS": [
        None,
        ["myshop://paid"],
        {"": "myshop://paid"},
        {"app": "paid"},
        {"app": "/paid"},
        {"app": "https://"},
        {"app": "javascript:alert(1)"},
        {"app": "myshop://a b"},
        {"app": 5},
    ],
    "IAMPORT_RETENTION_YEARS": [0, -1, 101, True, 5.0, "5", None],
    "IAMPORT_ATTEMPT_BUDGET": [
        0,
        10,
        (10,),
        (0, 300),
        (10, 0),
        ("10", 300),
        (True, 300),
        (1.5, 300),
        {10, 300},
    ],
    "IAMPORT_ORDER_BUDGET": [(), "10/5", (10, None), (-1, 300), (10, 300, 1)],
    "IAMPORT_ADDRESS_BUDGET": [False, (10, 300.0), (300, -300)],
    "IAMPORT_ADDRESS_HEADER": ["", 5, True, "HTTP_X_REAL_IP", "X Real IP"],
}
IDS = {name: f"iamport.{number}" for number, name, *_ in SETTINGS}


def table(values):
    return [pytest.param(name, value, id=f"{name}={value!r}") for name in values for value in values[name]]


def test_every_setting_is_checked_once_and_every_check_is_tried_here():
    assert set(IDS) == set(conf.DEFAULTS) == set(RIGHT) == set(WRONG)
    assert len(set(IDS.values())) == len(SETTINGS)


@pytest.mark.parametrize(("name", "value"), table(RIGHT))
def test_a_right_value_is_passed_over(found, name, value):
    assert found(checks.check_settings, **{name: value}) == []


@pytest.mark.parametrize(("name", "value"), table(WRONG))
def test_a_wrong_value_is_an_error_that_names_the_setting_and_what_to_do(name, value):
    with override_settings(**{name: value}):
        (message,) = checks.check_settings()
    assert (message.id, type(message)) == (IDS[name], Error)
    assert name in message.msg
    assert message.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IAMPORT_SITE_URL", "https://[shop"),
        ("IAMPORT_AUTO_CANCEL", (["forged"],)),
        ("IAMPORT_CACHE", []),
        ("IAMPORT_TIMEOUT", float("nan")),
    ],
)
def test_an_odd_value_is_an_error_and_no_traceback(found, name, value):
    assert found(checks.check_settings, **{name: value}) == [IDS[name]]


@pytest.mark.parametrize("name", conf.REQUIRED)
def test_a_setting_that_is_not_there_is_an_error(settings, name):
    delattr(settings, name)
    (message,) = checks.check_settings()
    assert (message.id, message.msg) == (IDS[name], f"{name} is not set.")


def test_no_secret_is_told():
    with override_settings(IAMPORT_SECRET=12_345_678):
        assert "12345678" not in "".join(map(str, checks.check_settings()))
