"""What happens without a request: webhooks are sent, and what was planned takes place, in a thread of its own.

From within the request webhooks could not be sent: the shop's view would wait for the database that the request
still holds.
"""

import logging
import threading
from collections.abc import Callable

from ..rules import Account, timetable
from . import queue
from .sending import deliver_due

NAP_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Courier:
    """Starts a thread when there is something to send or to happen; the thread ends when nothing is left."""

    def __init__(self, open_account: Callable[[], Account], close_connections: Callable[[], None]) -> None:
        """`close_connections` gives back what the thread holds of the database while it rests."""
        self._open_account = open_account
        self._close_connections = close_connections
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
                account = self._open_account()
                account.catch_up()
                deliver_due(account)
        except Exception:
            logger.exception("The sandbox could not send its webhooks.")
            self._finish()
        finally:
            self._close_connections()

    def _goes_on(self) -> bool:
        """Whether there is more to do, now or after a nap; else the thread is done."""
        if self._wanted.is_set():
            self._wanted.clear()
            return True
        account = self._open_account()
        now = account.clock.unix()
        planned = None if self._ending else timetable.next_moment(account.store)
        moments = (queue.next_due(account.store, now), planned)
        due = min((moment for moment in moments if moment is not None), default=None)
        if due is not None:
            self._close_connections()
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
