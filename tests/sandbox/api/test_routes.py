"""One word for one operation: that of the shop's client, in the table of routes and in faults."""

import importlib
import pkgutil
import re
from typing import Any

import pytest

from django_iamport import client
from django_iamport.sandbox.api import operation_of
from django_iamport.sandbox.api.operations import not_contracted
from django_iamport.sandbox.api.routes import GROUPS, OPERATIONS, ROUTES
from django_iamport.sandbox.delivery import faults

OF_OLDER_CLIENTS = {"vbanks.holder"}


def declared_by_the_client() -> list[Any]:
    """Wherever in the client it stands."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(client.__path__, f"{client.__name__}.")
    ]
    values = [value for module in modules for value in vars(module).values()]
    return list({id(value): value for value in values if type(value).__name__ == "Operation"}.values())


CLIENT = declared_by_the_client()


def places(path: str) -> str:
    """The path, whatever its parts are called."""
    return re.sub(r"{\w+}", "{}", path)


def test_the_client_s_operations_were_found() -> None:
    assert {"get_token", "payments.find", "subscribe.schedule", "naver.cancel"} <= {
        operation.name for operation in CLIENT
    }


@pytest.mark.parametrize("operation", CLIENT, ids=lambda operation: operation.name)
def test_each_operation_of_the_client_has_a_route_under_the_same_name(operation: Any) -> None:
    routes = {(route.name, route.method, places(route.path)) for route in ROUTES}
    assert (operation.name, operation.method, places(operation.path)) in routes
    assert operation_of(operation.method, re.sub(r"{\w+}", "x", operation.path)) == operation.name


def test_there_are_no_other_names() -> None:
    assert set(OPERATIONS) == {operation.name for operation in CLIENT} | OF_OLDER_CLIENTS


def test_what_goes_wrong_is_named_alike_or_is_a_group_or_everything_or_a_webhook() -> None:
    groups = {name.split(".")[0] for name in OPERATIONS} - {"get_token"}
    assert set(faults.TARGETS) == {*OPERATIONS, *groups, "every", "webhook"}
    assert len(faults.TARGETS) == len(set(faults.TARGETS))
    assert set(GROUPS) == groups


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_function_is_called_as_its_operation_is(route: Any) -> None:
    if route.operation is not not_contracted.refuse:
        module = route.operation.__module__.rpartition(".")[2]
        function = route.operation.__name__
        assert route.name in (f"{module}.{function}", function)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/users/getToken", "get_token"),
        ("POST", "/users/getToken/", "get_token"),
        ("post", "/payments/cancel/", "payments.cancel"),
        ("GET", "/payments/cancel", None),
        ("GET", "/payments", "payments.find_many"),
        ("GET", "/payments/", "payments.find_many"),
        ("GET", "/payments/imp_1", "payments.find"),
        ("GET", "/payments/imp_1/balance", "payments.balance"),
        ("GET", "/payments/find/m", "payments.find_first"),
        ("GET", "/payments/find/m/paid", "payments.find_first"),
        ("GET", "/payments/findAll/m", "payments.find_all_page"),
        ("GET", "/payments/status/paid", "payments.by_status_page"),
        ("PUT", "/payments/prepare", "prepare.change"),
        ("GET", "/payments/prepare/m", "prepare.read"),
        ("POST", "/subscribe/payments/foreign", "subscribe.onetime"),
        ("POST", "/subscribe/payments/schedule/m/retry", "subscribe.retry"),
        ("GET", "/subscribe/customers/c/schedules", "billing_keys.schedules_of_page"),
        ("GET", "/nowhere", None),
    ],
)
def test_an_operation_is_known_by_method_and_path(method: str, path: str, name: str | None) -> None:
    assert operation_of(method, path) == name


def test_a_name_belongs_to_one_operation() -> None:
    operations = {(route.name, route.operation) for route in ROUTES}
    assert len(operations) == len({name for name, _ in operations})
