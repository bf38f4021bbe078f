"""Who may use the control API: programs on this side, and no other site's page in somebody's browser.

There is no login and no token: the sandbox is a development tool, which runs only where DEBUG is on or
`IAMPORT_SANDBOX_ALLOWED` says so, and whoever reaches it may do everything. What has to be kept out is a page of
another site that is open in the developer's browser. Browsers name its origin with every request that changes
something, so a request with a foreign one is refused; programs name none.
"""

from django.http import HttpRequest

from ..origins import is_at_home


def is_foreign_page(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and not (
        origin == f"{request.scheme}://{request.get_host()}" and is_at_home(request, origin)
    ):
        return True
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
