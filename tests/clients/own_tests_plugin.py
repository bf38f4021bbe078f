"""Points the tests of another package at the sandbox: their `iamport` is a client with its address."""

import os
from typing import Any

import pytest


@pytest.fixture
def iamport() -> Any:
    from iamport import Iamport

    client = Iamport(os.environ["IAMPORT_KEY"], os.environ["IAMPORT_SECRET"], os.environ["IAMPORT_URL"])
    client.requests_session.trust_env = False
    return client
