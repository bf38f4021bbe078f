from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.urls import clear_script_prefix

from django_iamport.testing import Sandbox
from tests.shopper import Shopper


@pytest.fixture
def shopper(db: None, iamport_sandbox: Sandbox) -> Shopper:
    return Shopper()


@pytest.fixture
def stranger(db: None, iamport_sandbox: Sandbox) -> Shopper:
    return Shopper()


@pytest.fixture(autouse=True)
def _script_prefix() -> Iterator[None]:
    """A request under a URL prefix leaves the prefix behind."""
    yield
    clear_script_prefix()


@pytest.fixture
def user(db):
    return get_user_model().objects.create_user("kim")
