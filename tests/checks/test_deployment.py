"""What only a live shop must have is checked with `--deploy` alone."""

import pytest
from django.core.checks import Error, run_checks
from django.core.checks import Warning as CheckWarning
from django.test import override_settings

from django_iamport import checks

LIVE = {
    "IAMPORT_TEST_MODE": False,
    "IAMPORT_SITE_URL": "https://shop.example",
    "IAMPORT_MERCHANT_UID_PREFIX": "shop",
    "IAMPORT_API_URL": "https://api.iamport.kr",
    "IAMPORT_SDK_URL": "https://cdn.iamport.kr/v1/iamport.js",
    "IAMPORT_SANDBOX_ALLOWED": False,
}


@pytest.mark.parametrize(
    ("number", "name", "value"),
    [
        ("E101", "IAMPORT_TEST_MODE", True),
        ("W102", "IAMPORT_SITE_URL", None),
        ("W102", "IAMPORT_SITE_URL", "http://shop.example"),
        ("W103", "IAMPORT_MERCHANT_UID_PREFIX", ""),
        ("E104", "IAMPORT_API_URL", "http://api.iamport.kr"),
        ("E105", "IAMPORT_SDK_URL", "/sandbox/iamport.js"),
        ("E105", "IAMPORT_SDK_URL", "http://cdn.iamport.kr/v1/iamport.js"),
        ("E104", "IAMPORT_API_URL", "https://shop.example/sandbox/api"),
        ("E104", "IAMPORT_API_URL", "https://localhost:8443"),
        ("E105", "IAMPORT_SDK_URL", "https://shop.example:8443/sandbox/iamport.js"),
        ("E106", "IAMPORT_SANDBOX_ALLOWED", True),
    ],
)
def test_a_live_shop_is_warned_of(found, number, name, value):
    assert found(checks.check_deployment, **{**LIVE, name: value}) == [f"iamport.{number}"]


PROXIED = {**LIVE, "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https")}


def test_a_live_shop_behind_a_proxy_is_asked_for_the_header_with_the_visitors_address(found):
    assert found(checks.check_deployment, **PROXIED) == ["iamport.W107"]
    assert found(checks.check_deployment, **PROXIED, IAMPORT_ADDRESS_HEADER="X-Real-IP") == []
    assert found(checks.check_deployment, **PROXIED, IAMPORT_ADDRESS_BUDGET=None) == []


def test_a_live_shop_that_is_right_hears_nothing(found):
    assert found(checks.check_deployment, **LIVE) == []


def test_errors_and_warnings_are_what_their_ids_say():
    with override_settings(**{**dict.fromkeys(LIVE), "IAMPORT_TEST_MODE": True}):
        kinds = {message.id: type(message) for message in checks.check_deployment()}
    assert {number[8]: kind for number, kind in kinds.items()} == {"E": Error, "W": CheckWarning}


def test_deployment_is_checked_with_deploy_alone(db):
    with override_settings(IAMPORT_MERCHANT_UID_PREFIX=""):
        assert "iamport.W103" not in [message.id for message in run_checks()]
        assert "iamport.W103" in [message.id for message in run_checks(include_deployment_checks=True)]
