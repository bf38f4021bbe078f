"""From the request to the operation, and back to an answer."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

from ..rules import Account, Refusal
from ..rules.refusals import NO_OPERATION, WRONG_METHOD, wrong_parameter
from .answers import Answer, envelope
from .calls import Call
from .operations.tiers import TIER_CODE
from .parameters import Parameters
from .routes import REFUSE_WITH_400, Route, routes_beside

OLDER_HEADER = "x-imptokenheader"
"""Where clients of 2018 put the token; one of them puts it nowhere else."""


def dispatch(
    account: Account, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Answer a request; `path` and `query` are percent-encoded, `path` begins at the API's root."""
    given = {name.lower(): value for name, value in headers.items()}
    route = None
    try:
        route, arguments = _find(method.upper(), path)
        if route.needs_token:
            account.require_token(given.get("authorization") or given.get(OLDER_HEADER, ""))
        if not TIER_CODE.fullmatch(given.get("tier") or "000"):
            raise wrong_parameter()
        account.catch_up()
        parameters = Parameters.of_body(body, given.get("content-type", "application/json"))
        result = route.operation(Call(account, Parameters.of_query(query), parameters), **arguments)
    except Refusal as refusal:
        return _refused(account, route, refusal)
    return envelope(result.status, 0, None, result.response)


def operation_of(method: str, path: str) -> str | None:
    """The name of the operation in `ROUTES`, such as `payments.cancel`; None where there is none."""
    try:
        return _find(method.upper(), path)[0].name
    except Refusal:
        return None


def _refused(account: Account, route: Route | None, refusal: Refusal) -> Answer:
    status, code = refusal.status, int(refusal.code)
    if status == 400 and route and not (route.name in REFUSE_WITH_400 or account.answers_as_described):
        status, code = 200, 1
    return envelope(status, code, refusal.text, None)


@lru_cache(maxsize=1024)
def _find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The first route of the method whose path fits; a path that is known otherwise refuses the method."""
    trimmed = f"/{path.strip('/')}"
    routes = routes_beside(trimmed)
    matches = [(route, match) for route in routes if (match := route.pattern.fullmatch(trimmed))]
    if not matches:
        matches = [(route, match) for route in routes if (match := route.decoded.fullmatch(trimmed))]
    for route, match in matches:
        if route.path != matches[0][0].path:
            break
        if route.method == method:
            return route, {name: unquote(value) for name, value in match.groupdict().items()}
    raise Refusal(-1, WRONG_METHOD, 405) if matches else Refusal(-1, NO_OPERATION, 404)
