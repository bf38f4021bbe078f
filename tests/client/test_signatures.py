"""Every public signature of the client can be introspected: its annotations are there at run time."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from django_iamport import client as package
from django_iamport.client import Client, GatewayError, Payment
from django_iamport.client.http.operation import Group, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.parameters import CardCharge

GROUPS = {name: group for name, group in vars(Client("key", "secret")).items() if isinstance(group, Group)}


def public(names: dict[str, Any]) -> Iterator[Any]:
    return (value for name, value in names.items() if not name.startswith("_"))


def classes_and_functions() -> Iterator[type | Callable[..., Any]]:
    """Those of every module of the client, each where it is defined."""
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for value in public(vars(module)):
            if getattr(value, "__module__", None) == found.name and callable(value):
                yield value


def methods(of: type) -> Iterator[Callable[..., Any]]:
    """Public methods and properties, inherited ones too, and `__init__`."""
    for value in (of.__init__, *public(dict(inspect.getmembers(of)))):
        function = value.fget if isinstance(value, property) else value
        if inspect.isfunction(function) and function.__module__.startswith(package.__name__):
            yield function


ALL = {f"{value.__module__}.{value.__qualname__}": value for value in classes_and_functions()}
METHODS = {
    f"{name}: {method.__name__}": method
    for name, value in ALL.items()
    if inspect.isclass(value)
    for method in methods(value)
}


def test_the_walk_finds_what_a_client_offers():
    assert {Client, Payment, Options, *map(type, GROUPS.values())} <= set(ALL.values())
    assert {Client.__init__, Client.get_token, Payment.__init__, GatewayError.imp_uid.fget} <= {
        *METHODS.values()
    }


@pytest.mark.parametrize("thing", [*ALL.values(), *METHODS.values()], ids=[*ALL, *METHODS])
def test_the_annotations_of_everything_public_are_there(thing):
    get_type_hints(thing)


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_every_operation_of_a_group_names_its_keywords_and_what_it_answers(group):
    for method in public(dict(inspect.getmembers(group, inspect.ismethod))):
        hints = get_type_hints(method)
        assert hints.keys() == {*inspect.signature(method).parameters, "return"}, method
        (keywords,) = get_args(hints["options"])
        assert get_origin(hints["options"]) is Unpack
        assert keywords.__optional_keys__ >= Options.__optional_keys__


def test_a_keyword_has_its_type():
    (keywords,) = get_args(get_type_hints(Client("key", "secret").subscribe.again)["options"])
    assert keywords is CardCharge
    assert get_type_hints(keywords)["card_quota"] == (int | None)


def test_no_package_is_needed_for_it():
    code = (
        "import sys; sys.modules['typing_extensions'] = None\n"
        "from typing import get_type_hints\n"
        "from django_iamport.client import Client, Payment\n"
        "assert get_type_hints(Client('key', 'secret').payments.find)['return'] is Payment\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
