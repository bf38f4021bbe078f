"""Where and how the account wants its webhooks, as set in the console."""

from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ..state.stores import Store

KIND, KEY = "setting", "webhooks"
CONTENT_TYPES = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
REPEATS = (0, 5)


@dataclass(frozen=True)
class WebhookSettings:
    """`url` receives the webhooks of payments that name no address of their own; None: as configured.

    `content_type` is `json` or `form`; `repeats` how often a webhook is sent again, a minute apart, after
    a network error or an answer of 5xx: not at all, or five times, as the gateway does on request.
    `user_agent` and `forwarded_for` (addresses, with commas between them) are headers of every request to the
    shop; None: as configured. Raises ValueError for anything else.
    """

    url: str | None = None
    content_type: str = "json"
    repeats: int = 0
    user_agent: str | None = None
    forwarded_for: str | None = None

    def __post_init__(self) -> None:
        if self.url is not None and not is_web_address(self.url):
            raise ValueError("the address of webhooks must begin with http:// or https://")
        if self.content_type not in CONTENT_TYPES:
            raise ValueError(f"webhooks can be sent as {' or '.join(CONTENT_TYPES)}")
        if isinstance(self.repeats, bool) or self.repeats not in REPEATS:
            raise ValueError("webhooks can be repeated 0 or 5 times")
        if self.user_agent is not None and not is_user_agent(self.user_agent):
            raise ValueError("user_agent must be a line of ASCII characters")
        if self.forwarded_for is not None and not is_address_list(self.forwarded_for):
            raise ValueError("forwarded_for must be IP addresses, with commas between them")


def read(store: Store) -> WebhookSettings:
    row = store.get(KIND, KEY)
    return WebhookSettings(**row) if row else WebhookSettings()


def change(store: Store, **changes: Any) -> WebhookSettings:
    """Raises ValueError, also for a name that isn't known."""
    with store.exclusive():
        before = asdict(read(store))
        if unknown := set(changes) - set(before):
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        settings = WebhookSettings(**{**before, **changes})
        store.put(KIND, KEY, asdict(settings))
    return settings


def is_user_agent(text: object) -> bool:
    return isinstance(text, str) and 0 < len(text) <= 300 and text.isascii() and text.isprintable()


def is_address_list(text: object) -> bool:
    if not isinstance(text, str) or len(text) > 300:
        return False
    try:
        return bool([ip_address(address.strip(" ")) for address in text.split(",")])
    except ValueError:
        return False


def is_web_address(url: object) -> bool:
    if not isinstance(url, str) or len(url) > 500:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
