"""The gateway's own clock."""

from datetime import datetime, timedelta, timezone

KST = timezone(timedelta(hours=9), "KST")


class Clock:
    """Real time, moved ahead by as many seconds as it was told to."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The gateway's moment, aware, in UTC."""
        return datetime.now(timezone.utc) + self._ahead

    def unix(self) -> int:
        """The same in unix seconds."""
        return int(self.now().timestamp())

    def move(self, seconds: float) -> None:
        """Let time pass: everything that lapses (tokens, virtual accounts) is older by `seconds`."""
        self._ahead += timedelta(seconds=seconds)


def kst(unix: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment of the gateway as Korean people read it, whatever the project's time zone."""
    return datetime.fromtimestamp(unix, KST).strftime(form)
