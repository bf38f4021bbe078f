"""What only a store over a file has to do, beside what every store does."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_iamport.sandbox.state.files import FileStore
from django_iamport.sandbox.state.stores import Span
from tests.sandbox.conftest import file_store

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def store() -> Iterator[FileStore]:
    with file_store() as made:
        yield made


def as_a_killed_process_leaves_it(store: FileStore, folder: Path) -> FileStore:
    for file in store.path.parent.iterdir():
        shutil.copy(file, folder)
    return FileStore(folder / store.path.name)


def test_what_was_changed_is_in_the_file_at_once(store: FileStore, tmp_path: Path) -> None:
    with store.exclusive():
        store.put("payment", "imp_1", {"imp_uid": "imp_1", "status": "paid"})
    store.put("payment", "imp_2", {"imp_uid": "imp_2", "status": "ready"})
    left = as_a_killed_process_leaves_it(store, tmp_path)
    assert left.get("payment", "imp_1") == {"imp_uid": "imp_1", "status": "paid"}
    assert left.count("payment", status="ready") == 1
    left.close()


def test_what_is_being_changed_is_not_there_by_half(store: FileStore, tmp_path: Path) -> None:
    with store.exclusive():
        store.put("payment", "imp_1", {"imp_uid": "imp_1"})
        with store.exclusive():
            store.put("payment", "imp_2", {"imp_uid": "imp_2"})
        left = as_a_killed_process_leaves_it(store, tmp_path)
    assert left.count("payment") == 0
    left.close()


def test_nobody_reads_what_may_still_be_undone(store: FileStore) -> None:
    store.put("payment", "imp_1", {"status": "ready"})
    seen: list[Any] = []
    reading = threading.Thread(target=lambda: seen.append(store.get("payment", "imp_1")))

    def cancel_in_vain() -> None:
        with store.exclusive():
            store.put("payment", "imp_1", {"status": "cancelled"})
            raise KeyError

    def pay_in_vain() -> None:
        with store.exclusive():
            store.put("payment", "imp_1", {"status": "paid"})
            with pytest.raises(KeyError):
                cancel_in_vain()
            assert store.get("payment", "imp_1") == {"status": "paid"}
            reading.start()
            reading.join(0.05)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pay_in_vain()
    reading.join()
    assert seen == [store.get("payment", "imp_1")] == [{"status": "ready"}]


def test_another_process_is_kept_out(store: FileStore) -> None:
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        FileStore(store.path, timeout=0)


def test_more_rows_than_are_remembered_are_found(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_iamport.sandbox.state.files.MOST_REMEMBERED", 2)
    for number in range(5):
        store.put("payment", f"imp_{number}", {"imp_uid": f"imp_{number}"})
    assert [store.get("payment", f"imp_{number}") for number in range(5)] == [
        {"imp_uid": f"imp_{number}"} for number in range(5)
    ]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"imp_uid": "imp_1"}, "imp_uid=?"),
        ({"merchant_uid": "m", "status": "paid"}, "merchant_uid=?"),
        ({"customer_uid": ["a", "b"], "status": "paid"}, "customer_uid=?"),
        ({"status": "waiting"}, "status=?"),
    ],
)
def test_what_has_a_name_is_not_looked_for_among_all(
    store: FileStore, filters: dict[str, str | list[str]], index: str
) -> None:
    store.put("payment", "imp_1", {"imp_uid": "imp_1"})
    asked: list[str] = []
    store._connection.set_trace_callback(asked.append)
    store.find("payment", **filters)
    store.count("payment", **filters)
    store._connection.set_trace_callback(None)
    plans = [store._connection.execute(f"EXPLAIN QUERY PLAN {statement}") for statement in asked]
    assert all(any(index in step[3] for step in plan) for plan in plans)
    assert len(plans) == 2


@pytest.mark.parametrize("sort", ["-started_at", "started_at", "paid_at", "updated_at"])
@pytest.mark.parametrize("filters", [{}, {"status": "paid"}])
def test_a_page_of_a_period_is_found_without_reading_the_rows_before_it(
    store: FileStore, sort: str, filters: dict[str, str]
) -> None:
    store.put("payment", "imp_1", {"imp_uid": "imp_1"})
    asked: list[str] = []
    store._connection.set_trace_callback(asked.append)
    store.find("payment", sort, 5_000, 1_000, Span("status_at", 1, 2), **filters)
    store._connection.set_trace_callback(None)
    (page,) = asked
    plan = [step[3] for step in store._connection.execute(f"EXPLAIN QUERY PLAN {page}")]
    assert any("COVERING INDEX" in step and "status_at>?" in step for step in plan), plan
