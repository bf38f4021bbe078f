"""Sending what waits in the outbox, from a thread of its own, after the change was committed.

From within the request they could not be sent: the shop's view would wait for the database that the request
still holds. Each is delivered once; the answer stays visible in the console.
"""

import logging
import threading

import requests
from django.db import connections

from .clock import Clock
from .database import DatabaseStore
from .gateway.outbox import KIND
from .stores import Row, Store

CONNECT_SECONDS = 10
READ_SECONDS = 30

logger = logging.getLogger(__name__)


class Courier:
    """Starts a thread when there is something to send; the thread ends when nothing is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Send what waits. Returns at once."""
        with self._lock:
            self._wanted = True
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="iamport-sandbox-webhooks", daemon=True
                )
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until the thread, where there is one, has ended."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        try:
            while self._is_wanted():
                deliver_waiting(DatabaseStore(), Clock())
        except Exception:
            logger.exception("The sandbox could not send its webhooks.")
            self._finish()
        finally:
            connections.close_all()

    def _is_wanted(self) -> bool:
        with self._lock:
            wanted, self._wanted = self._wanted, False
            if not wanted:
                self._thread = None
            return wanted

    def _finish(self) -> None:
        with self._lock:
            self._thread = None


courier = Courier()


def deliver_waiting(store: Store, clock: Clock) -> None:
    """Send every waiting webhook, oldest first."""
    while (row := _claim(store, clock)) is not None:
        answer_status, error = _post(row)
        with store.exclusive():
            delivered = answer_status is not None and answer_status < 300
            row.update(
                status="sent" if delivered else "failed",
                answer_status=answer_status,
                error=error,
                answered_at=clock.unix(),
            )
            store.put(KIND, row["key"], row)


def _claim(store: Store, clock: Clock) -> Row | None:
    """Take one, so that no other process sends it too."""
    with store.exclusive():
        rows = store.find(KIND, sort="started_at", limit=1, status="waiting")
        if not rows:
            return None
        row = rows[0]
        row.update(status="sending", sent_at=clock.unix())
        store.put(KIND, row["key"], row)
        return row


def _post(row: Row) -> tuple[int | None, str | None]:
    with requests.Session() as session:
        # A proxy of the environment would stand between the sandbox and a shop on the same machine.
        session.trust_env = False
        try:
            response = session.post(
                row["url"], json=row["body"], timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
            )
        except requests.RequestException as error:
            return None, type(error).__name__
        return response.status_code, None
