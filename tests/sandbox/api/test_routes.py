import pytest

from django_iamport.sandbox.api import operation_of
from django_iamport.sandbox.api.routes import ROUTES


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/users/getToken", "token"),
        ("post", "/payments/cancel/", "payments.cancel"),
        ("GET", "/payments/cancel", None),
        ("GET", "/payments/imp_1", "payments.read"),
        ("GET", "/payments/find/m", "payments.find"),
        ("GET", "/payments/find/m/paid", "payments.find"),
        ("GET", "/nowhere", None),
    ],
)
def test_every_operation_has_a_name(method: str, path: str, name: str | None) -> None:
    assert operation_of(method, path) == name


def test_a_name_belongs_to_one_operation() -> None:
    operations = {(route.name, route.operation) for route in ROUTES}
    assert len(operations) == len({route.name for route in ROUTES})
