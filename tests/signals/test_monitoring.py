"""What whoever watches a shop hears: a log whose events have names and fields, and a hook for metrics."""

import ast
import logging
import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from logging import ERROR, WARNING
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from django_iamport import reconciliation, signals
from django_iamport.exceptions import GatewayTimeout, ReceiverFailed
from django_iamport.gateway import lookups
from django_iamport.signals import monitoring
from django_iamport.signals.monitoring import EVENTS, METRICS
from tests.project.test_docs import read, rows

PACKAGE = Path(monitoring.__file__).parents[1]
# Django's own loggers, the client's, which knows no Django, and the sandbox, which is for practice.
LOGS_BY_ITSELF = ("client/", "sandbox/", "views/authentication.py", "views/base.py", "signals/monitoring.py")
# Ids, codes, names of classes and of our own words: nothing that a person wrote, or is.
FIELDS = {
    *("merchant_uid", "imp_uid", "subject", "reason", "outcome", "kind", "seconds", "path", "detail"),
    *("key", "kinds", "advice", "line", "metric"),
}
PAGES = ("docs/monitoring.md", "docs/monitoring.ko.md")


def events(caplog):
    return [(record.event, record.levelno) for record in caplog.records if hasattr(record, "event")]


def logged(caplog, event):
    return [record for record in caplog.records if getattr(record, "event", None) == event]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield str(path.relative_to(PACKAGE)), node


def name_of(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


class TestLog:
    def test_a_forged_payment_is_logged_once_with_its_ids_and_its_reason(
        self, attempt, iamport_sandbox, confirm, caplog
    ):
        imp_uid = iamport_sandbox.pay(merchant_uid=attempt.merchant_uid, amount=100)
        for _ in range(2):
            confirm(attempt, imp_uid)
        (record,) = logged(caplog, "payment_rejected")
        assert (record.name, record.levelno) == ("django_iamport.payments", WARNING)
        assert (record.merchant_uid, record.imp_uid) == (attempt.merchant_uid, imp_uid)
        assert (record.reason, record.outcome) == ("forged", "refund_wanted")

    def test_so_is_one_whose_money_is_held_and_one_that_holds_nothing(
        self, attempt, iamport_sandbox, confirm, caplog, settings
    ):
        settings.IAMPORT_AUTO_CANCEL = ()
        confirm(attempt, iamport_sandbox.pay(merchant_uid=attempt.merchant_uid, amount=100))
        assert [record.outcome for record in logged(caplog, "payment_rejected")] == ["held"]

    def test_what_was_undone_is_not_logged(self, attempt, iamport_sandbox, confirm, caplog, receive):
        def fail(**kwargs):
            raise ZeroDivisionError

        receive(signals.payment_rejected, fail)
        imp_uid = iamport_sandbox.pay(merchant_uid=attempt.merchant_uid, amount=100)
        with pytest.raises(ReceiverFailed):
            confirm(attempt, imp_uid)
        assert [name for name, _level in events(caplog)] == ["shop_code_failed"]

    def test_a_payment_that_counts_is_no_news_for_the_log(self, attempt, iamport_sandbox, confirm, caplog):
        confirm(attempt, iamport_sandbox.pay(attempt))
        assert events(caplog) == []

    @pytest.mark.parametrize("event", EVENTS)
    def test_each_line_is_made_of_fields_that_are_no_persons(self, event, caplog):
        area, level, line = EVENTS[event]
        names = set(re.findall(r"%\((\w+)\)", line))
        assert names <= FIELDS
        caplog.set_level(logging.INFO)
        monitoring.log(event, **{name: 1.0 if name == "seconds" else "x%s" for name in names})
        (record,) = caplog.records
        assert (record.name, record.levelno, record.event) == (f"django_iamport.{area}", level, event)
        assert record.getMessage()

    def test_nothing_is_logged_past_the_list(self):
        named = set()
        for path, call in calls():
            if name_of(call) == "getLogger":
                assert path.startswith(LOGS_BY_ITSELF), path
            if name_of(call) in ("log", "_log") and call.args and isinstance(call.args[0], ast.Constant):
                named.add(call.args[0].value)
                given = {keyword.arg for keyword in call.keywords} - {None, "error"}
                assert given <= FIELDS, (path, given)
        assert named == set(EVENTS)


class TestPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_every_event_is_told_with_logger_level_and_fields(self, page):
        names = {WARNING: "WARNING", ERROR: "ERROR", logging.INFO: "INFO", logging.DEBUG: "DEBUG"}
        told = {}
        for row in rows(page, "`event`"):
            event, logger, level, fields = (re.findall(r"`([\w.]+)`", cell) for cell in row[:4])
            told[event[0]] = (logger[0], level[0], set(fields))
        in_code = {
            event: (area, names[level], set(re.findall(r"%\((\w+)\)", line)))
            for event, (area, level, line) in EVENTS.items()
        }
        of_the_client = {"gateway_asked", "token_cache_failed"}
        assert {told.pop(event)[:2] for event in of_the_client} == {("client", "DEBUG")}
        assert told == in_code

    @pytest.mark.parametrize("page", PAGES)
    def test_every_metric_is_told_with_kind_and_tags(self, page):
        told = {
            re.findall(r"`([\w.]+)`", row[0])[0]: (
                re.findall(r"`(\w+)`", row[1])[0],
                tuple(re.findall(r"`(\w+)`", row[2])),
            )
            for row in rows(page, "`metric`")
        }
        assert told == METRICS

    @pytest.mark.parametrize("library", ["prometheus_client", "opentelemetry"])
    def test_the_hooks_of_the_page_take_what_is_told(self, library, monkeypatch):
        measured = []
        for name, module in libraries(measured).items():
            monkeypatch.setitem(sys.modules, name, module)
        blocks = re.findall(r"```python\n(.*?)```", read(PAGES[0]), re.DOTALL)
        (hook,) = (block for block in blocks if f"from {library} " in block)
        names: dict[str, Any] = {}
        exec(hook, names)
        for metric, (kind, tags) in METRICS.items():
            names["record"](kind, metric, 1.5, dict.fromkeys(tags, "x"))
        assert measured == [(kind, 1.5, set(tags)) for kind, tags in METRICS.values()]


def libraries(measured: list[Any]) -> dict[str, Any]:
    """As much of both as the page uses."""

    class Meter:
        """Of Prometheus: takes the labels that it was made with."""

        def __init__(self, name: str, documentation: str, labelnames: list[str]) -> None:
            assert re.fullmatch(r"[a-z_]+", name)
            self.names = labelnames

        def labels(self, **labels: str) -> "Meter":
            assert [*labels] == self.names
            return self

        def inc(self, amount: float) -> None:
            measured.append(("counter", amount, {*self.names}))

        def observe(self, amount: float) -> None:
            measured.append(("timing", amount, {*self.names}))

    def tell(kind: str) -> Any:
        return lambda value, tags: measured.append((kind, value, {*tags}))

    meter = SimpleNamespace(
        create_counter=lambda name: SimpleNamespace(add=tell("counter")),
        create_histogram=lambda name, unit="": SimpleNamespace(record=tell("timing")),
    )
    metrics = SimpleNamespace(get_meter=lambda name: meter)
    return {
        "prometheus_client": SimpleNamespace(Counter=Meter, Histogram=Meter),
        "opentelemetry": SimpleNamespace(metrics=metrics),
    }


heard = []


def record(kind, metric, value, tags):
    heard.append((kind, metric, value, tags))


def fail(kind, metric, value, tags):
    raise ZeroDivisionError


class TestMetrics:
    @pytest.fixture(autouse=True)
    def measured(self, settings):
        heard.clear()
        settings.IAMPORT_METRICS = f"{__name__}.record"

    def test_history_is_counted_once_it_is_committed(
        self, attempt, iamport_sandbox, confirm, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks() as callbacks:
            confirm(attempt, iamport_sandbox.pay(attempt))
        told = ("counter", "iamport.history", 1, {"event": "paid", "source": "webhook"})
        assert told not in heard
        for callback in callbacks:
            callback()
        assert heard.count(told) == 1

    def test_calls_of_the_gateway_are_timed_with_what_came_of_them(self, iamport_sandbox):
        imp_uid = iamport_sandbox.pay(merchant_uid="another", amount=100)
        heard.clear()
        lookups.find(imp_uid)
        iamport_sandbox.fail_next("payments.find", timeout=True, times=2)
        with pytest.raises(GatewayTimeout):
            lookups.find(imp_uid)
        timed = [(tags, value >= 0) for kind, metric, value, tags in heard if metric == "iamport.gateway"]
        assert [tags["outcome"] for tags, _ in timed if tags["operation"] == "payments.find"] == [
            "ok",
            "gateway_timeout",
        ]
        assert all(is_a_span for _, is_a_span in timed)

    def test_webhooks_and_runs_are_timed(self, client, attempt, iamport_sandbox):
        body = {"imp_uid": iamport_sandbox.pay(attempt), "merchant_uid": attempt.merchant_uid}
        client.post(reverse("iamport:webhook"), body)
        client.post(reverse("iamport:webhook"), {**body, "merchant_uid": "somebodyelse"})
        reconciliation.sync(max_age=timedelta(days=1))
        told = [(metric, tags["outcome"]) for kind, metric, value, tags in heard if kind == "timing"]
        assert [outcome for metric, outcome in told if metric == "iamport.webhook"] == ["stored", "ignored"]
        assert [outcome for metric, outcome in told if metric == "iamport.sync"] == ["0"]

    def test_what_is_logged_is_counted(self):
        monitoring.log("confirm_failed")
        assert heard == [("counter", "iamport.log", 1, {"event": "confirm_failed"})]

    def test_only_what_is_told_is_measured(self, attempt, iamport_sandbox, confirm):
        confirm(attempt, iamport_sandbox.pay(attempt))
        assert heard
        for kind, metric, _value, tags in heard:
            assert METRICS[metric] == (kind, tuple(tags))

    def test_a_hook_that_fails_is_logged_and_changes_nothing(
        self, attempt, iamport_sandbox, confirm, settings, caplog
    ):
        settings.IAMPORT_METRICS = f"{__name__}.fail"
        assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"
        assert {name for name, _level in events(caplog)} == {"metrics_failed"}

    def test_where_nobody_listens_nothing_is_imported_or_timed(
        self, attempt, iamport_sandbox, confirm, settings, monkeypatch
    ):
        heard.clear()
        settings.IAMPORT_METRICS = None
        monkeypatch.setattr(monitoring, "import_string", None)
        monkeypatch.setattr(monitoring, "time", None)
        with monitoring.timed("iamport.sync") as tags:
            tags["outcome"] = "0"
        assert confirm(attempt, iamport_sandbox.pay(attempt)).status == "paid"
        assert heard == []
