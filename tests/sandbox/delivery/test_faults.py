import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest

from django_iamport.sandbox.api import OPERATIONS, Answer, envelope
from django_iamport.sandbox.delivery import faults
from django_iamport.sandbox.delivery.faults import (
    Fault,
    answer_unless_faulty,
    arm,
    armed,
    disarm,
    take,
)
from django_iamport.sandbox.state.stores import MemoryStore, Store


class Cut(Exception):
    pass


class Connection:
    """Writes down what happened to it, instead of waiting."""

    def __init__(self) -> None:
        self.happened: list[tuple[str, float]] = []

    def wait(self, seconds: float) -> None:
        self.happened.append(("wait", seconds))

    def drop(self, seconds: float) -> NoReturn:
        self.happened.append(("drop", seconds))
        raise Cut


class Work:
    def __init__(self) -> None:
        self.done = 0

    def __call__(self) -> Answer:
        self.done += 1
        return envelope(200, 0, None, {})


def test_a_fault_strikes_its_operation_as_often_as_it_was_told(store: Store) -> None:
    arm(store, Fault("payments.cancel", "error", times=2))
    assert take(store, "payments.find") is None
    taken = [take(store, "payments.cancel") for _ in range(3)]
    assert [fault and fault.times for fault in taken] == [2, 1, None]
    assert armed(store) == []


@pytest.mark.parametrize(
    ("target", "met"),
    [
        ("payments.find", ["payments.find"]),
        ("payments", ["payments.find", "payments.cancel"]),
        ("prepare", ["prepare.create"]),
        ("get_token", ["get_token"]),
        ("every", ["payments.find", "payments.cancel", "prepare.create", "get_token", None]),
        ("webhook", ["webhook"]),
    ],
)
def test_one_operation_a_group_every_one_or_webhooks_go_wrong(
    store: Store, target: str, met: list[str | None]
) -> None:
    arm(store, Fault(target, "delay", times=None))
    asked = ("payments.find", "payments.cancel", "prepare.create", "get_token", "webhook", None)
    assert [operation for operation in asked if take(store, operation)] == met


def test_one_without_a_count_strikes_until_it_is_switched_off(store: Store) -> None:
    fault = arm(store, Fault("payments.find", "error", times=None))
    assert [take(store, "payments.find") for _ in range(3)] == [fault] * 3
    assert disarm(store, fault.key)
    assert not disarm(store, fault.key)
    assert take(store, "payments.find") is None


def test_of_several_the_oldest_comes_first(store: Store) -> None:
    for kind in ("error", "html"):
        arm(store, Fault("payments.find", kind))
    assert [
        fault.kind for fault in (take(store, "payments.find"), take(store, "payments.find")) if fault
    ] == ["error", "html"]


def test_every_means_every_rest_operation_and_no_webhook(store: Store) -> None:
    arm(store, Fault("every", "error", times=None))
    assert all(take(store, operation) for operation in OPERATIONS)
    assert take(store, "webhook") is None


def test_all_are_switched_off_together(store: Store) -> None:
    arm(store, Fault("payments.find", "error"))
    arm(store, Fault("webhook", "duplicate"))
    assert disarm(store)
    assert armed(store) == []


def test_two_callers_at_once_never_share_one_fault() -> None:
    store = MemoryStore()
    arm(store, Fault("payments.find", "error", times=20))
    with ThreadPoolExecutor(8) as callers:
        taken = list(callers.map(lambda _: take(store, "payments.find"), range(60)))
    assert sum(fault is not None for fault in taken) == 20


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("error", 500, -1), ("unauthorized", 401, -1), ("rate_limit", 429, -1)],
)
def test_an_error_is_answered_in_the_gateway_s_envelope(kind: str, status: int, code: int) -> None:
    answer = Fault("payments.find", kind).answer()
    said = json.loads(answer.body)
    assert (answer.status, said["code"], said["response"]) == (status, code, None)
    assert said["message"]


def test_html_and_a_body_of_one_s_own_are_answered_as_they_are() -> None:
    page = Fault("payments.find", "html").answer()
    assert (page.status, page.content_type) == (502, "text/html; charset=utf-8")
    own = Fault("payments.find", "body", status=207, body="null").answer()
    assert (own.status, own.body) == (207, b"null")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("kind", "happened"), [("timeout", ("drop", 60.0)), ("disconnect", ("drop", 0.0)), ("error", None)]
)
def test_the_work_is_done_only_where_the_answer_alone_is_lost(
    store: Store, kind: str, happened: tuple[str, float] | None, after: bool
) -> None:
    connection, work = Connection(), Work()
    arm(store, Fault("payments.cancel", kind, after=after))
    if happened:
        with pytest.raises(Cut):
            answer_unless_faulty(store, "payments.cancel", work, connection)
        assert connection.happened == [happened]
    else:
        assert answer_unless_faulty(store, "payments.cancel", work, connection).status == 500
    assert work.done == after


@pytest.mark.parametrize("after", [False, True])
def test_a_delayed_answer_is_the_right_one(store: Store, after: bool) -> None:
    connection, work = Connection(), Work()
    arm(store, Fault("payments.cancel", "delay", seconds=0.5, after=after))
    assert answer_unless_faulty(store, "payments.cancel", work, connection).status == 200
    assert (connection.happened, work.done) == ([("wait", 0.5)], 1)


def test_without_a_fault_nothing_is_in_the_way(store: Store) -> None:
    connection, work = Connection(), Work()
    assert answer_unless_faulty(store, "payments.cancel", work, connection).status == 200
    assert (connection.happened, work.done) == ([], 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "find"},
        {"operation": "payments.seek"},
        {"kind": "duplicate"},
        {"operation": "webhook", "kind": "html"},
        {"times": 0},
        {"times": 1000},
        {"times": True},
        {"times": 1.0},
        {"status": "500"},
        {"body": 5},
        {"after": "yes"},
        {"kind": "delay", "seconds": "3"},
        {"status": 99},
        {"seconds": -1},
        {"kind": "timeout", "seconds": 601},
    ],
)
def test_what_can_t_happen_is_refused(wrong: dict[str, Any]) -> None:
    make: Callable[..., Fault] = faults.Fault
    with pytest.raises(ValueError, match=r"."):
        make(**{"operation": "payments.find", "kind": "error", **wrong})
