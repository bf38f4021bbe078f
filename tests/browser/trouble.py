"""What goes wrong in a page without the customer seeing it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Response

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => window.tellViolation(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Trouble:
    """Console errors, page errors, violations of the Content-Security-Policy, and pages without one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self._tolerated: list[re.Pattern[str]] = []

    def tolerate(self, pattern: str) -> None:
        """Console errors of that text are expected from here on."""
        self._tolerated.append(re.compile(pattern))

    def tolerate_lost_connections(self) -> None:
        self.tolerate(r"net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED|ABORTED)")

    def watch(self, context: BrowserContext) -> None:
        context.expose_binding("tellViolation", lambda source, text: self.complaints.append(f"CSP: {text}"))
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"page: {error.error}"))
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if not any(pattern.search(message.text) for pattern in self._tolerated):
            self.complaints.append(f"console: {message.text} ({message.location.get('url')})")

    def _response(self, response: Response) -> None:
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if not is_page or not response.url.startswith(self.address):
            return
        policy = response.headers.get("content-security-policy", "")
        if "default-src" not in policy or "unsafe" in policy:
            self.complaints.append(f"{response.url} has no strict Content-Security-Policy: {policy!r}")
