"""Processes that are killed: `python -m tests.histories.mortal`, with one order a line on standard input.

An order names the `gateway` (address, key, secret), what is `done` (of `DEEDS`) and its arguments, and `at` which
point its process is killed. The answer, a line as well, names the points that it passed, and its exit code. Each
order has a process of its own, which shares nothing with the others; forked, for that is sooner done than setting
Django up.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings


class Points:
    """Where the process may be killed; each is told to the parent before it is passed."""

    def __init__(self, at: int, parent: int) -> None:
        self.at, self.parent, self.passed = at, parent, 0

    def pass_by(self, name: str) -> None:
        self.passed += 1
        os.write(self.parent, f"{name}\n".encode())
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Before and after each call of the gateway, before and after each commit."""
        import requests
        from django.db import connection

        database: Any = connection
        commit, request = database._commit, requests.Session.request

        def commit_between() -> None:
            self.pass_by("before a commit")
            commit()
            self.pass_by("after a commit")

        def request_between(session: Any, method: str, url: str, **kwargs: Any) -> Any:
            call = f"{method} {url.partition('//')[2].partition('/')[2].partition('/imp_')[0]}"
            self.pass_by(f"before {call}")
            response = request(session, method, url, **kwargs)
            self.pass_by(f"after {call}")
            return response

        def write_between(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
            is_commit = not connection.in_atomic_block and sql[:6] in ("INSERT", "UPDATE", "DELETE")
            if is_commit:
                self.pass_by("before a commit")
            result = execute(sql, *args)
            if is_commit:
                self.pass_by("after a commit")
            return result

        database._commit = commit_between
        connection.execute_wrappers.append(write_between)
        requests.Session.request = request_between  # type: ignore[method-assign,assignment]


def confirm(merchant_uid: str, imp_uid: str) -> None:
    from tests.shop.models import OrderTransaction

    OrderTransaction.objects.confirm(merchant_uid=merchant_uid, imp_uid=imp_uid, source="browser")


def webhook(merchant_uid: str, imp_uid: str) -> None:
    from django.test import Client
    from django.urls import reverse

    body = {"merchant_uid": merchant_uid, "imp_uid": imp_uid, "status": "paid"}
    assert Client().post(reverse("iamport:webhook"), body, "application/json").status_code == 200


def refund(merchant_uid: str, imp_uid: str) -> None:
    from tests.shop.models import OrderTransaction

    OrderTransaction.objects.get(merchant_uid=merchant_uid).cancel(20_000, reason="part")


DEEDS = {deed.__name__: deed for deed in (confirm, webhook, refund)}


def live(done: str, at: int, parent: int, gateway: list[str], **arguments: str) -> None:
    settings.IAMPORT_API_URL, settings.IAMPORT_KEY, settings.IAMPORT_SECRET = gateway
    from tests.histories.receivers import written_down

    with written_down():
        Points(at, parent).watch()
        DEEDS[done](**arguments)


def give_birth(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order; answers what is known of its process when it is gone."""
    ours, its = os.pipe()
    child = os.fork()
    if not child:
        try:
            live(**order, parent=its)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(its)
    with os.fdopen(ours) as told:
        passed = told.read().splitlines()
    _pid, status = os.waitpid(child, 0)
    return {"passed": passed, "ended": os.waitstatus_to_exitcode(status)}


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from django.urls import get_resolver

    get_resolver().url_patterns  # noqa: B018 - imported once, for all that are forked
    for line in sys.stdin:
        print(json.dumps(give_birth(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
