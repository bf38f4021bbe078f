"""The control API: everything that the console can do, as JSON, for tests in any language."""

from collections.abc import Callable
from dataclasses import asdict, fields
from decimal import Decimal
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from .. import seeds
from ..decorators import account_of, sandbox_view
from ..delivery import faults, queue
from ..delivery.faults import Fault
from ..delivery.sending import deliver_due
from ..rules import Account, Refusal, outbox, switches, webhook_settings
from ..rules.actions import ACTIONS, act, leap
from ..rules.json_bodies import read_object
from ..rules.payments import fixtures, records
from ..rules.search import STATUSES, search
from ..state.stores import Row
from .access import is_foreign_page

Values = dict[str, Any]
Answered = Callable[..., Any]
SPANS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
MOST_A_PAGE = 200
SEEDS = {"demo": seeds.create_payments, "public_tests": seeds.create_public_tests}


class Problem(Exception):
    """`code` is stable, `status` that of the answer."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def answers(*methods: str) -> Callable[[Answered], Callable[..., HttpResponseBase]]:
    """A view that gets gateway and JSON values, and answers what it returns as JSON."""

    def decorate(view: Answered) -> Callable[..., HttpResponseBase]:
        @sandbox_view(refuses_foreign_pages=True)
        @wraps(view)
        def answered(request: HttpRequest, **path: str) -> HttpResponse:
            if request.method not in methods:
                return _problem(Problem("wrong_method", f"use {' or '.join(methods)}", 405))
            if is_foreign_page(request):
                return _problem(Problem("foreign_page", "pages of other sites may not ask", 403))
            try:
                answer = view(request, account_of(request), _values(request), **path)
            except Problem as problem:
                return _problem(problem)
            except Refusal as refusal:
                status = 404 if refusal.status == 404 else 409
                return _problem(Problem("refused", refusal.text, status))
            except ValueError as error:
                return _problem(Problem("wrong_value", str(error)))
            response = JsonResponse(answer, json_dumps_params={"ensure_ascii": False})
            response["Cache-Control"] = "no-store"
            return response

        return answered

    return decorate


@answers("GET")
def overview(request: HttpRequest, account: Account, values: Values) -> Values:
    """The account, its clock, and how much there is of everything."""
    return {
        "merchant_code": account.merchant.merchant_code,
        "clock": _clock(account),
        "settings": _settings(account),
        "faults": [asdict(fault) for fault in faults.armed(account.store)],
        "payments": account.store.count("payment"),
        "webhooks_waiting": account.store.count(outbox.KIND, status="waiting"),
    }


@answers("GET", "POST")
def payments(request: HttpRequest, account: Account, values: Values) -> Values:
    """List payments, the newest first; POST makes one without a browser."""
    if request.method == "POST":
        return _make(account, values)
    status, text = request.GET.get("status", ""), request.GET.get("q", "")
    if status not in ("", *STATUSES):
        raise ValueError(f"status must be one of {', '.join(STATUSES)}")
    limit, page = _whole(request, "limit", 50), _whole(request, "page", 1)
    if not 1 <= limit <= MOST_A_PAGE or page < 1:
        raise ValueError(f"limit must be 1 to {MOST_A_PAGE}, page at least 1")
    total, rows = search(account, status=status, text=text, page=page, limit=limit)
    return {"total": total, "payments": [records.as_json(row) for row in rows]}


@answers("GET")
def payment(request: HttpRequest, account: Account, values: Values, imp_uid: str) -> Values:
    return _payment(account, imp_uid)


@answers("POST")
def action(request: HttpRequest, account: Account, values: Values, imp_uid: str, name: str) -> Values:
    """One of `operator.ACTIONS` happens to a payment."""
    if name not in ACTIONS:
        raise Problem("unknown_action", f"the actions are {', '.join(ACTIONS)}", 404)
    act(account, imp_uid, name, values)
    return _payment(account, imp_uid)


@answers("GET")
def webhooks(request: HttpRequest, account: Account, values: Values) -> Values:
    return {"webhooks": account.webhooks(request.GET.get("imp_uid"))}


@answers("POST")
def deliver(request: HttpRequest, account: Account, values: Values) -> Values:
    """Send what waits, without waiting for its time; answers when the shop has answered all."""
    return {"webhooks": deliver_due(account, early=True)}


@answers("POST")
def resend(request: HttpRequest, account: Account, values: Values, key: str) -> Values:
    row = queue.resend(account.store, key, account.clock.unix())
    if row is None:
        raise Problem("unknown_webhook", "there is no such webhook", 404)
    return {"webhook": row}


@answers("GET", "PATCH")
def settings(request: HttpRequest, account: Account, values: Values) -> Values:
    """Where webhooks go, how they are encoded and repeated; and what the gateway is known to do either way."""
    if request.method == "PATCH":
        switched = {name: word for name, word in values.items() if name in switches.CHOICES}
        with account.store.exclusive():
            account.switch(**switched)
            others = {name: value for name, value in values.items() if name not in switched}
            webhook_settings.change(account.store, **others)
    return _settings(account)


@answers("GET", "POST", "DELETE")
def fault_list(request: HttpRequest, account: Account, values: Values) -> Values:
    """What will go wrong; POST adds, DELETE switches everything off."""
    if request.method == "POST":
        return {"fault": asdict(faults.arm(account.store, _fault(values)))}
    if request.method == "DELETE":
        faults.disarm(account.store)
    return {
        "faults": [asdict(fault) for fault in faults.armed(account.store)],
        "operations": faults.TARGETS,
        "kinds": faults.ANSWER_KINDS,
        "webhook_kinds": faults.WEBHOOK_KINDS,
    }


@answers("DELETE")
def fault(request: HttpRequest, account: Account, values: Values, key: str) -> Values:
    if not faults.disarm(account.store, key):
        raise Problem("unknown_fault", "there is no such fault", 404)
    return {"faults": [asdict(left) for left in faults.armed(account.store)]}


@answers("GET", "POST")
def clock(request: HttpRequest, account: Account, values: Values) -> Values:
    """The gateway's time; POST moves it ahead."""
    if request.method == "POST":
        if set(values) == {"leap"}:
            leap(account, values["leap"])
        else:
            account.move_clock(_seconds(values))
    return _clock(account)


@answers("POST")
def reset(request: HttpRequest, account: Account, values: Values) -> Values:
    """As new: no payments, no faults, settings as configured, the clock at the right time."""
    with account.store.exclusive():
        account.store.clear()
    return {"payments": 0}


@answers("POST")
def seed(request: HttpRequest, account: Account, values: Values) -> Values:
    """Payments to look at, one in each state; or those that public test suites ask for."""
    if set(values) - {"set"} or values.get("set", "demo") not in SEEDS:
        raise ValueError(f"set must be one of {', '.join(SEEDS)}")
    return {"imp_uids": SEEDS[values.get("set", "demo")](account)}


@answers("GET", "POST")
def fixture(request: HttpRequest, account: Account, values: Values) -> Values:
    """All payments, to be kept; POST writes payments with given numbers, states and times."""
    if request.method == "GET":
        return {"payments": fixtures.export_payments(account)}
    if set(values) != {"payments"}:
        raise ValueError('send {"payments": [{…}, …]}')
    return {"imp_uids": fixtures.import_payments(account, values["payments"])}


def _make(account: Account, values: Values) -> Values:
    """Open the window as `request_pay` would, and let what `then` says happen in it."""
    unknown = set(values) - {"request_pay", "then"}
    params, then = values.get("request_pay"), values.get("then", [])
    if unknown or not isinstance(params, dict) or not isinstance(then, list):
        raise ValueError('send {"request_pay": {…}, "then": ["approve"]}')
    if wrong := [name for name in then if name not in ACTIONS]:
        raise Problem("unknown_action", f"{wrong[0]!r} is not one of {', '.join(ACTIONS)}", 404)
    with account.store.exclusive():
        imp_uid = account.open_window(params)["imp_uid"]
        for name in then:
            act(account, imp_uid, name, {})
    return _payment(account, imp_uid)


def _fault(values: Values) -> Fault:
    names = {field.name for field in fields(Fault)} - {"key"}
    if set(values) - names or not {"operation", "kind"} <= set(values):
        raise ValueError(f"a fault needs operation and kind, and may have {', '.join(sorted(names))}")
    seconds = values.get("seconds")
    return Fault(**{**values, "seconds": float(seconds) if isinstance(seconds, Decimal) else seconds})


def _payment(account: Account, imp_uid: str) -> Values:
    return {"payment": account.payment(imp_uid), "webhooks": account.webhooks(imp_uid)}


def _settings(account: Account) -> Values:
    chosen = webhook_settings.read(account.store)
    in_force = {
        "url_in_force": chosen.url or account.merchant.notice_url,
        "headers_in_force": account.headers_to_shop,
    }
    return {**asdict(chosen), **in_force, **asdict(account.switches)}


def _seconds(spans: Values) -> int:
    if not spans or set(spans) - set(SPANS):
        raise ValueError(f"give the time to move in {', '.join(SPANS)}, or a leap")
    if not all(type(each) is int and each >= 0 for each in spans.values()):
        raise ValueError("time moves ahead in whole numbers only")
    return sum(each * SPANS[name] for name, each in spans.items())


def _clock(account: Account) -> Values:
    now = account.clock.now()
    return {"now": int(now.timestamp()), "iso": now.isoformat(timespec="seconds")}


def _values(request: HttpRequest) -> Values:
    try:
        return read_object(request.body) if request.body else {}
    except RequestDataTooBig:
        raise Problem("too_large", "the body is too large: send it in parts", 413) from None
    except ValueError:
        raise Problem("malformed", "the body must be a JSON object") from None


def _whole(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 7:
        raise ValueError(f"{name} must be a number")
    return int(text)


def _problem(problem: Problem) -> JsonResponse:
    error: Row = {"code": problem.code, "message": str(problem)}
    return JsonResponse({"error": error}, status=problem.status, json_dumps_params={"ensure_ascii": False})
