import functools
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from django.core.cache import cache
from django.db.models import Model
from django.db.models.signals import class_prepared
from django.utils import timezone, translation

from django_iamport.client.http import deadline, retry, token
from django_iamport.records import locks
from django_iamport.testing import Sandbox
from tests.serving import Site, database_in_a_file, serving
from tests.shop.models import Order, OrderTransaction

if TYPE_CHECKING:
    from tests.contract.every_answer import EveryAnswer


TESTS = Path(__file__).parent

# Servers of the tests are on this machine, whatever proxy leads away from it; lower case wins where both are set.
for name in ("no_proxy", "NO_PROXY"):
    os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))

# Where the tests of a folder, or of a module in it that differs, run besides the oldest and the newest pair of
# Python and Django. A module outside of these folders says it with `pytestmark`, a test with its mark.
MARKS = {
    "admin": ("on_each_pair",),
    # sums and words, and what is left out of mails, which no pair changes
    "admin/overview/test_figures.py": (),
    "admin/overview/test_page.py": (),
    "admin/test_error_reports.py": (),
    "admin/test_wording.py": (),
    "checks": ("on_each_pair",),
    # what is found at the gateway
    "checks/test_live.py": (),
    "ledger": ("database",),
    # what the rules decide: the tests whose locks, constraints or queries a database can change say so themselves
    "ledger/test_differences.py": (),
    "ledger/test_late_and_expired.py": (),
    "ledger/test_operator_calls.py": (),
    "ledger/test_order_of_news.py": (),
    "ledger/test_virtual_accounts.py": (),
    # words, and play money
    "ledger/test_error_reports.py": (),
    "ledger/test_language.py": (),
    "ledger/test_test_channels.py": (),
    "models": ("on_each_pair", "database"),
    "payments": ("on_each_pair", "database"),
    # the rules of money behind the manager, which no pair changes, and what databases do at once
    "payments/test_at_once.py": ("database",),
    "payments/test_claims.py": ("database",),
    # the same, decided by rules and by a gateway's faults; some tests say that a database has a part in it
    "payments/test_confirm.py": (),
    "payments/test_gateway_down.py": (),
    "payments/test_manual_acceptance.py": (),
    "payments/test_used_again.py": (),
    "reconciliation": ("database",),
    # what a run tells, and how it goes on behind faults; some tests say that a database has a part in it
    "reconciliation/test_command.py": (),
    "reconciliation/test_lists.py": (),
    "reconciliation/test_one_row.py": (),
    "reconciliation/test_run.py": (),
    "reconciliation/moving/test_importing.py": (),
    "records": ("on_each_pair", "database"),
    "records/test_isolation_levels.py": ("database",),
    "records/test_write_database.py": ("database",),
    "refunds": ("database",),
    # what is refunded, and when; some tests say that a database has a part in it
    "refunds/test_conditions.py": (),
    "refunds/test_execution.py": (),
    "refunds/test_pending.py": (),
    "refunds/test_promotions.py": (),
    "refunds/test_requests.py": (),
    # words
    "refunds/test_error_reports.py": (),
    "project/test_moved_shop.py": ("once",),
    "project/test_upgrade.py": ("once",),
    "templatetags": ("on_each_pair",),
    "views": ("on_each_pair",),
    # what is decided behind the views; a view's whole way, its forms, sessions and addresses say so themselves
    "views/test_order_checkout.py": (),
    "views/test_order_complete.py": (),
    "views/test_order_create.py": (),
    "views/test_order_validation.py": (),
    "views/test_redirect.py": (),
    "views/test_tokens.py": (),
    "views/test_webhook.py": (),
    "views/test_error_reports.py": (),
    "views/test_forgeries.py": (),
    "views/test_order_posted_again.py": (),
    "views/test_quota.py": (),
    "views/test_refund_account.py": (),
    "webhooks": ("database",),
    # who is asked, and how often; some tests say that a database has a part in it
    "webhooks/test_intake.py": (),
}

# Django knows a sender of signals by its id: a model that one test made and left would hand its id, and its
# receivers with it, to the model of a later test.
MODELS_OF_TESTS: list[type[Model]] = []


def keep_model(sender: type[Model], **kwargs: Any) -> None:
    MODELS_OF_TESTS.append(sender)


class_prepared.connect(keep_model)


@functools.cache
def marks_by_place(path: Path) -> tuple[str, ...]:
    if not path.is_relative_to(TESTS):
        return ()
    module = path.relative_to(TESTS)
    return MARKS.get(module.as_posix(), MARKS.get(module.parts[0], ()))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where these marks are asked for, a module that doesn't bear them isn't even imported."""
    mark = config.option.markexpr.partition(" ")[0]
    if mark not in ("on_each_pair", "database") or not collection_path.name.startswith("test_"):
        return None
    if mark in marks_by_place(collection_path) or f"mark.{mark}" in collection_path.read_text("utf-8"):
        return None
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in marks_by_place(item.path):
            item.add_marker(mark)


def with_room(call: Callable[[], int | None]) -> int | None:
    return call()


# Python 3.11 and later keep the frames of calls in blocks of 16 KB: a call that crosses the end of one asks the
# system for another and gives it back, thousands of times in a loop (a tenth of a run). A frame of half a megabyte
# gets a block in which the frames of all tests have room.
with_room.__code__ = with_room.__code__.replace(co_stacksize=70_000)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    run = config.pluginmanager.subset_hook_caller("pytest_cmdline_main", [sys.modules[__name__]])
    return with_room(lambda: run(config=config))


def pytest_collection_finish() -> None:
    """What was imported stays: the garbage collector need not walk all of it again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def _every_answer() -> "Iterator[EveryAnswer | None]":
    """Checks what the sandbox answers, where the gateway's description is at hand."""
    if not os.environ.get("IAMPORT_OPENAPI"):
        yield None
        return
    from django_iamport.sandbox import api
    from django_iamport.sandbox.delivery import answering
    from django_iamport.sandbox.rules import Account
    from django_iamport.testing import adapter
    from tests.contract.every_answer import EveryAnswer

    checked = EveryAnswer()
    with pytest.MonkeyPatch.context() as patch:
        for module in (api, answering, adapter):
            patch.setattr(module, "dispatch", checked.dispatch)
        patch.setattr(requests.Session, "send", checked.listening(requests.Session.send))
        patch.setattr(Account, "edit", lambda *args, **named: checked.edit(*args, **named))
        yield checked


@pytest.fixture(autouse=True)
def _answers_fit(_every_answer: "EveryAnswer | None") -> Iterator[None]:
    yield
    if _every_answer is not None:
        wrong, _every_answer.wrong[:] = list(_every_answer.wrong), []
        assert not wrong, "\n".join(wrong)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is repeated is repeated at once, and a busy database is given up after three tries."""
    monkeypatch.setattr(locks, "PATIENCE", 0)
    monkeypatch.setattr(locks, "PAUSE", (0, 0.001))
    monkeypatch.setattr("django_iamport.client.http.retry.PAUSE", (0, 0.001))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that a test has asked for in Korean leaves that language to the thread."""
    yield
    translation.deactivate()


@pytest.fixture
def make_order(db: None) -> Callable[..., Order]:
    def make(**fields: Any) -> Order:
        return Order.objects.create(**{"name": "Tea", "amount": 50_000, **fields})

    return make


@pytest.fixture
def order(make_order: Callable[..., Order]) -> Order:
    return make_order()


@pytest.fixture
def attempt(order: Order, iamport_sandbox: Sandbox) -> OrderTransaction:
    """An attempt to pay 50,000 won, prepared at the gateway."""
    return OrderTransaction.objects.create_new(order)


class Heard:
    """Every signal that was sent, by name, with its arguments."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def hear(self, name: str, arguments: dict[str, Any]) -> None:
        self.sent.append((name, arguments))

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return [arguments for sent, arguments in self.sent if sent == name]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.sent]


@pytest.fixture
def hears() -> Heard:
    """What listens for `heard`; a module where transactions are undone and repeated has another one."""
    return Heard()


@pytest.fixture
def heard(hears: Heard) -> Iterator[Heard]:
    from django.dispatch import Signal

    from django_iamport import signals

    listening = hears
    receivers = []
    for name, signal in vars(signals).items():
        if isinstance(signal, Signal):

            def receive(sender: Any, _name: str = name, **arguments: Any) -> None:
                listening.hear(_name, arguments)

            signal.connect(receive, weak=False)
            receivers.append((signal, receive))
    yield listening
    for signal, receive in receivers:
        signal.disconnect(receive)


@pytest.fixture
def confirm() -> Callable[..., OrderTransaction]:
    """Bring news, as a webhook does unless said otherwise; answers the stored transaction."""

    def bring(
        attempt: OrderTransaction | None = None, imp_uid: str | None = None, source: str = "webhook"
    ) -> OrderTransaction:
        return OrderTransaction.objects.confirm(
            merchant_uid=attempt.merchant_uid if attempt else None, imp_uid=imp_uid, source=source
        )

    return bring


@pytest.fixture
def receive() -> Iterator[Callable[[Any, Callable[..., Any]], None]]:
    """Connect a shop's receiver to a signal for the length of the test."""
    connected = []

    def connect(signal: Any, receiver: Callable[..., Any]) -> None:
        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))

    yield connect
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """The tests' site over HTTP, whose threads have connections of their own."""
    with database_in_a_file(tmp_path / "site.sqlite3"), serving(Site()) as server:
        yield server


@pytest.fixture
def live_server() -> None:
    """Not pytest-django's, whose threads share the test's own connection."""
    pytest.fail("take the fixture `site`")


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Move the shop's clock ahead; the gateway keeps its own."""
    now = timezone.now

    def move(**span: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(**span))

    return move


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The shop's clock stands still, except where it is moved."""
    now = timezone.now()

    def move(**span: float) -> None:
        nonlocal now
        now += timedelta(**span)

    monkeypatch.setattr(timezone, "now", lambda: now)
    return move


class StoppedTime:
    """Stands for the module `time`: it goes on when somebody sleeps, or moves `now`."""

    def __init__(self) -> None:
        self.now = time.time()
        self.slept: list[float] = []

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def stopped_time(monkeypatch: pytest.MonkeyPatch) -> StoppedTime:
    """The time by which the client waits and a token ends."""
    stopped = StoppedTime()
    for module in (deadline, retry, token):
        monkeypatch.setattr(module, "time", stopped)
    return stopped
