import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import ConnectionHandler

from django_iamport.sandbox import api as rest
from django_iamport.sandbox.database import DatabaseStore
from django_iamport.sandbox.models import Record
from django_iamport.sandbox.rules import Account, Merchant
from django_iamport.sandbox.state.clock import Clock
from django_iamport.sandbox.state.files import FileStore
from django_iamport.sandbox.state.stores import MemoryStore, Store

URL = "http://shop.invalid/webhook"


@pytest.fixture(autouse=True)
def _sandbox_is_allowed(settings: Any) -> None:
    settings.IAMPORT_SANDBOX_ALLOWED = True


@contextmanager
def file_store() -> Iterator[FileStore]:
    """Over a file with the table that the migrations make."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "sandbox.sqlite3")
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}
        connection = ConnectionHandler({"default": database})["default"]
        with connection.schema_editor() as editor:
            editor.create_model(Record)
        connection.close()
        store = FileStore(path)
        yield store
        store.close()


@pytest.fixture(
    params=[
        pytest.param(lambda: nullcontext(MemoryStore()), id="memory"),
        pytest.param(lambda: nullcontext(DatabaseStore()), id="database", marks=pytest.mark.django_db),
        pytest.param(file_store, id="file", marks=pytest.mark.django_db),
    ]
)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with request.param() as made:
        yield made


class StandingClock(Clock):
    """Goes on only where it is moved, however long a test takes."""

    def __init__(self) -> None:
        super().__init__()
        self._moment = super().now()

    def now(self) -> datetime:
        return self._moment + timedelta(seconds=self.ahead)


@pytest.fixture
def clock() -> Clock:
    return StandingClock()


@pytest.fixture
def account(clock: Clock) -> Account:
    return Account(MemoryStore(), clock, Merchant(notice_url=URL))


@pytest.fixture
def open_window(account: Account) -> Callable[..., str]:
    def open_it(**params: Any) -> str:
        return str(account.open_window({"merchant_uid": "order1", "amount": 50_000, **params})["imp_uid"])

    return open_it


class Said(NamedTuple):
    status: int
    code: int
    message: str | None
    response: Any


class Api:
    """Speaks REST to the gateway in process, with a valid token."""

    def __init__(self, account: Account) -> None:
        self.account = account

    @property
    def token(self) -> str:
        """One that lives, however far the clock was moved."""
        return self.account.token("sandbox-key", "sandbox-secret")["access_token"]

    def __call__(
        self, method: str, path: str, body: Any = None, *, form: bool = False, **headers: str
    ) -> Said:
        path, _, query = path.partition("?")
        given = {"Authorization": self.token, **headers}
        sent = b""
        if body is not None and form:
            given["Content-Type"] = "application/x-www-form-urlencoded"
            sent = urlencode(body).encode()
        elif body is not None:
            given["Content-Type"] = "application/json"
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = rest.dispatch(self.account, method, path, query, given, sent)
        envelope = json.loads(answer.body)
        assert list(envelope) == ["code", "message", "response"]
        return Said(answer.status, **envelope)


@pytest.fixture
def api(account: Account) -> Api:
    return Api(account)


@pytest.fixture
def open_at(open_window: Callable[..., str]) -> Callable[..., str]:
    """Open the window of a wallet with a contract of its own."""

    def open_it(pg: str, **params: Any) -> str:
        return open_window(pg=pg, **params)

    return open_it
