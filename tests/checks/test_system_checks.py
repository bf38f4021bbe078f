"""Each system check speaks where a value is missing or wrong, says what to do, and is silent otherwise."""

from datetime import timedelta

import pytest
from django.core.checks import Error, run_checks
from django.core.checks import Warning as CheckWarning
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

from django_iamport import checks, conf
from django_iamport.checks.settings import SETTINGS
from django_iamport.managers import TransactionManager
from django_iamport.models import AbstractOrder, AbstractTransaction, PayableMixin

RIGHT = {
    "IAMPORT_KEY": ["1234567890"],
    "IAMPORT_SECRET": ["secret"],
    "IAMPORT_MERCHANT_CODE": ["imp00000000"],
    "IAMPORT_TRANSACTION_MODEL": ["shop.OrderTransaction", "shop.TicketTransaction"],
    "IAMPORT_SITE_URL": [None, "https://shop.example", "http://127.0.0.1:8000"],
    "IAMPORT_MERCHANT_UID_PREFIX": ["", "a", "shop1234"],
    "IAMPORT_TIER_CODE": [None, "ABC", "0A1"],
    "IAMPORT_CHANNEL_KEY": [None, "channel-key-1"],
    "IAMPORT_PG": [None, "html5_inicis"],
    "IAMPORT_API_URL": ["https://api.iamport.kr", "http://127.0.0.1:8000/sandbox/api"],
    "IAMPORT_SDK_URL": ["https://cdn.iamport.kr/v1/iamport.js", "/sandbox/iamport.js"],
    "IAMPORT_TIMEOUT": [5, 0.5, (3.05, 10), [3, 10]],
    "IAMPORT_CACHE": ["default"],
    "IAMPORT_TEST_MODE": [True, False],
    "IAMPORT_SEND_NOTICE_URL": [True, False],
    "IAMPORT_SEND_CONFIRM_URL": [True, False],
    "IAMPORT_GIVE_UP_AFTER": [None, timedelta(days=2)],
    "IAMPORT_WEBHOOK_QUEUE": [None, "django_iamport.tasks.queue_in_celery"],
    "IAMPORT_SANDBOX_ALLOWED": [False],
    "IAMPORT_AUTO_CANCEL": [(), ("forged",), ["forged", "duplicate"], {"order_closed"}],
    "IAMPORT_REQUEST_PAY": [{}, {"digital": True}],
}
WRONG = {
    "IAMPORT_KEY": [None, "", " ", 5],
    "IAMPORT_SECRET": [None, "", 5],
    "IAMPORT_MERCHANT_CODE": [None, "", "00000000", 5],
    "IAMPORT_TRANSACTION_MODEL": [None, "", "OrderTransaction", "a.b.c", 5],
    "IAMPORT_SITE_URL": ["shop.example", "ftp://shop.example", "https://", 5, "//shop.example"],
    "IAMPORT_MERCHANT_UID_PREFIX": ["shop-1", "SHOP", "ninechars", "한", None, 5],
    "IAMPORT_TIER_CODE": ["", "AB", "ABCD", "abc", "A-C", 5],
    "IAMPORT_CHANNEL_KEY": ["", 5],
    "IAMPORT_PG": ["", 5],
    "IAMPORT_API_URL": [None, "", "api.iamport.kr", "/sandbox/api", 5],
    "IAMPORT_SDK_URL": [None, "", "iamport.js", 5],
    "IAMPORT_TIMEOUT": [None, 0, -1, "5", True, (3,), (3, 0), (1, 2, 3), (3, None)],
    "IAMPORT_CACHE": ["no such cache", None, 5],
    "IAMPORT_TEST_MODE": [None, "False", 1],
    "IAMPORT_SEND_NOTICE_URL": [None, "yes", 0],
    "IAMPORT_SEND_CONFIRM_URL": [None, "yes", 0],
    "IAMPORT_GIVE_UP_AFTER": [0, 3600, timedelta(0), timedelta(days=-1), "1d"],
    "IAMPORT_WEBHOOK_QUEUE": ["celery", "django_iamport.tasks", "django_iamport.tasks.nothing", 5, True],
    "IAMPORT_SANDBOX_ALLOWED": [None, "no"],
    "IAMPORT_AUTO_CANCEL": ["forged", ("sold_out",), None, True, {"forged": 1}, (1,)],
    "IAMPORT_REQUEST_PAY": [None, [], {"amount": 1}, {"merchant_uid": "x"}, {"customer_uid": "x"}],
}
IDS = {name: f"iamport.{number}" for number, name, *_ in SETTINGS}


def table(values):
    return [pytest.param(name, value, id=f"{name}={value!r}") for name in values for value in values[name]]


def found(check, **overridden):
    with override_settings(**overridden):
        return [message.id for message in check()]


def test_every_setting_is_checked_once_and_every_check_is_tried_here():
    assert set(IDS) == set(conf.DEFAULTS) == set(RIGHT) == set(WRONG)
    assert len(set(IDS.values())) == len(SETTINGS)


@pytest.mark.parametrize(("name", "value"), table(RIGHT))
def test_a_right_value_is_passed_over(name, value):
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
def test_an_odd_value_is_an_error_and_no_traceback(name, value):
    assert found(checks.check_settings, **{name: value}) == [IDS[name]]


@pytest.mark.parametrize("name", conf.REQUIRED)
def test_a_setting_that_is_not_there_is_an_error(settings, name):
    delattr(settings, name)
    (message,) = checks.check_settings()
    assert (message.id, message.msg) == (IDS[name], f"{name} is not set.")


def test_no_secret_is_told():
    with override_settings(IAMPORT_SECRET=12_345_678):
        assert "12345678" not in "".join(map(str, checks.check_settings()))


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
def test_a_live_shop_is_warned_of(number, name, value):
    assert found(checks.check_deployment, **{**LIVE, name: value}) == [f"iamport.{number}"]


def test_a_live_shop_that_is_right_hears_nothing():
    assert found(checks.check_deployment, **LIVE) == []


def test_errors_and_warnings_are_what_their_ids_say():
    with override_settings(**{**dict.fromkeys(LIVE), "IAMPORT_TEST_MODE": True}):
        kinds = {message.id: type(message) for message in checks.check_deployment()}
    assert {number[8]: kind for number, kind in kinds.items()} == {"E": Error, "W": CheckWarning}


def test_deployment_is_checked_with_deploy_alone(db):
    with override_settings(IAMPORT_MERCHANT_UID_PREFIX=""):
        assert "iamport.W103" not in [message.id for message in run_checks()]
        assert "iamport.W103" in [message.id for message in run_checks(include_deployment_checks=True)]


# Models.


def test_the_shop_of_these_tests_is_right():
    assert checks.check_models() == []


@pytest.mark.parametrize("name", ["shop.Nothing", "nowhere.OrderTransaction", "shop.Order", "auth.User"])
def test_a_transaction_model_that_is_none_is_an_error(name):
    assert found(checks.check_models, IAMPORT_TRANSACTION_MODEL=name) == ["iamport.E020"]


def payable():
    class Order(PayableMixin):
        class Meta:
            app_label = "shop"

        def get_payment_amount(self):
            return 1

        def get_payment_name(self):
            return "Tea"

        def accepts_payment(self, transaction):
            return True

    return Order


def protecting(order, **changes):
    return models.ForeignKey(
        order, **{"on_delete": models.PROTECT, "related_name": "transactions", **changes}
    )


def plain_meta():
    class Bad(AbstractTransaction):
        order = protecting(payable())

        class Meta:
            app_label = "shop"

    return Bad


def own_constraints_instead():
    class Bad(AbstractTransaction):
        order = protecting(payable())

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"
            constraints = (models.UniqueConstraint(fields=["order", "created"], name="own"),)

    return Bad


def one_constraint_lost():
    class Bad(AbstractTransaction):
        order = protecting(payable())

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"
            constraints = AbstractTransaction.Meta.constraints[1:]

    return Bad


def one_constraint_exchanged():
    class Bad(AbstractTransaction):
        order = protecting(payable())

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"
            constraints = (
                *AbstractTransaction.Meta.constraints[1:],
                models.UniqueConstraint(fields=["order", "created"], name="own"),
            )

    return Bad


def cascading():
    class Bad(AbstractTransaction):
        order = protecting(payable(), on_delete=models.CASCADE)

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def another_related_name():
    class Bad(AbstractTransaction):
        order = protecting(payable(), related_name="payments")

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def without_an_order():
    class Bad(AbstractTransaction):
        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def one_to_one_order():
    class Bad(AbstractTransaction):
        order = models.OneToOneField(payable(), on_delete=models.PROTECT, related_name="transactions")

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def foreign_manager():
    class Bad(AbstractTransaction):
        order = protecting(payable())
        everything = models.Manager()

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def order_that_is_not_payable():
    class Order(models.Model):
        class Meta:
            app_label = "shop"

    class Bad(AbstractTransaction):
        order = protecting(Order)

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def order_that_says_nothing():
    class Order(PayableMixin):
        class Meta:
            app_label = "shop"

    class Bad(AbstractTransaction):
        order = protecting(Order)

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Bad


def right():
    class Right(AbstractTransaction):
        order = protecting(payable())

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Right


def right_with_additions():
    class OwnManager(TransactionManager):
        pass

    class Right(AbstractTransaction):
        order = protecting(payable())
        own = OwnManager()

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"
            constraints = (
                *AbstractTransaction.Meta.constraints,
                models.UniqueConstraint(fields=["order", "created"], name="own"),
            )

    return Right


def ready_made_order():
    class Order(AbstractOrder):
        class Meta(AbstractOrder.Meta):
            app_label = "shop"

    class Right(AbstractTransaction):
        order = protecting(Order)

        class Meta(AbstractTransaction.Meta):
            app_label = "shop"

    return Right


@pytest.mark.parametrize(
    ("declare", "numbers"),
    [
        (without_an_order, ["E021"]),
        (cascading, ["E021"]),
        (another_related_name, ["E021"]),
        (one_to_one_order, ["E021"]),
        (plain_meta, ["E022"]),
        (one_constraint_lost, ["E022"]),
        (own_constraints_instead, ["E022"]),
        (one_constraint_exchanged, ["E022"]),
        (foreign_manager, ["E023"]),
        (order_that_is_not_payable, ["E025"]),
        (order_that_says_nothing, ["E026"]),
        (right, []),
        (right_with_additions, []),
        (ready_made_order, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@isolate_apps("tests.shop")
def test_a_model_that_would_lose_money_is_an_error_and_a_right_one_is_not(monkeypatch, declare, numbers):
    model = declare()
    monkeypatch.setattr(checks.models, "transaction_models", lambda: [model])
    with override_settings(IAMPORT_TRANSACTION_MODEL=None):
        messages = checks.check_models()
    assert [message.id for message in messages] == [f"iamport.{number}" for number in numbers]
    assert all(message.hint for message in messages)


def test_refunds_and_transactions_in_two_databases_are_an_error(settings):
    class Router:
        def db_for_write(self, model, **hints):
            return "other" if model._meta.label == "django_iamport.Refund" else None

    settings.DATABASE_ROUTERS = [Router()]
    assert {message.id for message in checks.check_models()} == {"iamport.E024"}
