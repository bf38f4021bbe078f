"""Sending what waits in the outbox, from a thread of its own, after the change was committed.

From within the request they could not be sent: the shop's view would wait for the database that the request
still holds.
"""

import json
import logging
import threading
from urllib.parse import urlencode

import requests
from django.db import connections

from .. import conf
from ..database import DatabaseStore
from ..rules import Gateway, timetable, webhook_settings
from ..rules.webhook_settings import CONTENT_TYPES
from ..state.clock import Clock
from ..state.stores import Row, Store
from . import queue
from .queue import Outcome

FIRST_SECONDS = (10, 30)
REPEAT_SECONDS = (5, 10)
SHOWN = 2000
"""Characters of the shop's answer that are kept."""
NAP_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Courier:
    """Starts a thread when there is something to send or to happen; the thread ends when nothing is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._ending = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what waits. Returns at once."""
        with self._lock:
            self._ending = False
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="iamport-sandbox-webhooks", daemon=True
                )
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the thread, where there is one, has ended; it waits for no plans any more."""
        self._ending = True
        self._wanted.set()
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        try:
            while self._goes_on():
                gateway = _gateway()
                gateway.catch_up()
                deliver_due(gateway.store, gateway.clock)
        except Exception:
            logger.exception("The sandbox could not send its webhooks.")
            self._finish()
        finally:
            connections.close_all()

    def _goes_on(self) -> bool:
        """Whether there is more to do, now or after a nap; else the thread is done."""
        if self._wanted.is_set():
            self._wanted.clear()
            return True
        gateway = _gateway()
        now = gateway.clock.unix()
        planned = None if self._ending else timetable.next_moment(gateway.store)
        moments = (queue.next_due(gateway.store, now), planned)
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is not None:
            connections.close_all()
            # The clock may be moved by another process: look again soon.
            self._wanted.wait(min(NAP_SECONDS, max(0.05, due - now)))
            return True
        with self._lock:
            if self._wanted.is_set():
                return True
            self._thread = None
            return False

    def _finish(self) -> None:
        with self._lock:
            self._thread = None


courier = Courier()


def _gateway() -> Gateway:
    """Where sales slips are shown, no request says here: what happens by itself knows it from who planned it."""
    store = DatabaseStore()
    return Gateway(store, Clock(store), conf.account(receipt_url=""))


def deliver_due(store: Store, clock: Clock, *, early: bool = False) -> list[Row]:
    """Send every webhook that is due (with `early`, all that wait), oldest first; answers them."""
    sent = []
    while (row := queue.claim(store, clock.unix(), early=early)) is not None:
        outcome = _post(row, webhook_settings.read(store).content_type)
        queue.settle(store, row, outcome, clock.unix())
        sent.append(row)
    return sent


def _post(row: Row, content_type: str) -> Outcome:
    body = json.dumps(row["body"]) if content_type == "json" else urlencode(row["body"])
    row.update(content_type=CONTENT_TYPES[content_type], sent=body)
    with requests.Session() as session:
        # A proxy of the environment would stand between the sandbox and a shop on the same machine.
        session.trust_env = False
        try:
            response = session.post(
                row["url"],
                data=body.encode(),
                headers={"Content-Type": row["content_type"]},
                timeout=REPEAT_SECONDS if row.get("attempts") else FIRST_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return Outcome(error=type(error).__name__)
        return Outcome(response.status_code, response.text[:SHOWN])
