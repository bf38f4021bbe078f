from collections.abc import Iterator

import pytest
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
