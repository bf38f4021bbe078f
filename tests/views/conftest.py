import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.auth import get_user_model
from django.test.client import ClientHandler
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


@pytest.fixture(scope="session")
def _described() -> "Described":
    return Described()


@pytest.fixture(autouse=True)
def _every_answer_is_described(_described: "Described", monkeypatch: pytest.MonkeyPatch) -> None:
    """What any of these tests is answered in JSON fits docs/openapi.json."""
    answered = ClientHandler.__call__

    def checked(handler: ClientHandler, environ: Any) -> Any:
        response = answered(handler, environ)
        _described.check(response)
        return response

    monkeypatch.setattr(ClientHandler, "__call__", checked)


class Described:
    def __init__(self) -> None:
        document = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text(encoding="utf-8"))
        self.validators = {
            (path.rpartition("/pay/")[2], status): jsonschema.Draft202012Validator(
                {
                    **response["content"]["application/json"]["schema"],
                    "components": document["components"],
                }
            )
            for path, operations in document["paths"].items()
            for status, response in operations["post"]["responses"].items()
        }
        self.paths = {path for path, _status in self.validators}

    def check(self, response: Any) -> None:
        path = response.wsgi_request.path.rpartition("/pay/")[2]
        if path in self.paths and response.headers["Content-Type"] == "application/json":
            self.validators[path, str(response.status_code)].validate(json.loads(response.content))
