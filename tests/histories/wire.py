"""Between shop and gateway: every request is looked at, and some go astray."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

import requests
from django.db import connection

from django_iamport.models import Refund
from django_iamport.testing import Sandbox
from tests.histories.clock import Time
from tests.histories.death import Death, Killed
from tests.shop.models import OrderTransaction

# What was sent and not answered is not sent again before; a little less than the rule says, for clocks differ.
PATIENCE = timedelta(minutes=4)


class InDoubt(NamedTuple):
    """A refund that was asked for, of which the shop doesn't know whether it was, and isn't, carried out."""

    since: datetime
    went_back: Decimal


class Ask:
    """A sum of a payment that an operator wants to give back."""

    def __init__(self, imp_uid: str, amount: Decimal, checksum: Decimal) -> None:
        self.imp_uid, self.amount, self.checksum = imp_uid, amount, checksum
        self.is_withdrawn = self.is_done = False


class Wire:
    """`wrong` collects what no request may be: nobody but the test would hear of an exception."""

    def __init__(self, sandbox: Sandbox, time: Time, death: Death) -> None:
        self.sandbox, self.time, self.death = sandbox, time, death
        self.wrong: list[str] = []
        self.asked: list[Ask] = []
        self.in_doubt: dict[str, InDoubt] = {}
        self.late: list[requests.PreparedRequest] = []
        self.is_next_late = False
        self._send = sandbox._adapter.send
        sandbox._adapter.send = self.send  # type: ignore[method-assign]

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        call = f"{request.method} {request.path_url.partition('?')[0]}"
        if connection.in_atomic_block:
            self.wrong.append(f"{call} within a database transaction")
        self.death.point(f"before {call}")
        response = self._cancel(request) if call == "POST /payments/cancel" else self._send(request)
        self.death.point(f"after {call}")
        return response

    def let_the_late_arrive(self) -> None:
        """What was sent long ago reaches the gateway now; nobody hears the answer."""
        late, self.late = self.late, []
        for request in late:
            body = json.loads(request.body or b"{}")
            before = self.cancellations(body["imp_uid"])
            with contextlib.suppress(requests.RequestException):
                self._send(request)
            self._note_done(body, before)

    def went_back(self, imp_uid: str) -> Decimal:
        return Decimal(self.sandbox.payment(imp_uid)["cancel_amount"] or 0)

    def cancellations(self, imp_uid: str) -> dict[str, dict[str, Any]]:
        return {c["cancellation_id"]: c for c in self.sandbox.payment(imp_uid)["cancel_history"]}

    def _cancel(self, request: requests.PreparedRequest) -> requests.Response:
        body = json.loads(request.body or b"{}")
        imp_uid: str = body.get("imp_uid", "")
        self._look_at(body)
        before, is_known = self.cancellations(imp_uid), False
        try:
            if self.is_next_late:
                self._keep(request)
            response = self._send(request)
            is_known = response.status_code < 500
            self.death.point("after POST /payments/cancel was carried out")
        except Killed:
            is_known = False
            raise
        finally:
            is_done = self._note_done(body, before)
            if not is_known and not is_done:
                self.in_doubt[imp_uid] = InDoubt(self.time.now(), self.went_back(imp_uid))
        return response

    def _keep(self, request: requests.PreparedRequest) -> NoReturn:
        self.is_next_late = False
        self.late.append(request)
        raise requests.exceptions.ReadTimeout("still on its way")

    def _look_at(self, body: dict[str, Any]) -> None:
        imp_uid, amount = body.get("imp_uid", ""), body.get("amount")
        if not imp_uid or "merchant_uid" in body or not amount or amount < 0 or "checksum" not in body:
            self.wrong.append(f"a refund that doesn't say of what, how much, and of how much: {body}")
            return
        doubt = self.in_doubt.get(imp_uid)
        if doubt and doubt.went_back == self.went_back(imp_uid) and self.time.now() - doubt.since < PATIENCE:
            self.wrong.append(f"a refund whose outcome is unknown was sent again at once: {body}")
        if not Refund.objects.filter(imp_uid=imp_uid, kind="refund", status="sent").exists():
            self.wrong.append(f"a refund without a stored intent: {body}")
        row = OrderTransaction.objects.filter(imp_uid=imp_uid).first()
        status, discount = (row.status if row else None), self._discount(imp_uid)
        # Nobody may have asked: what the rules reject goes back whole.
        is_whole = status == "rejected" and amount == body["checksum"]
        asked = self._asked(imp_uid, Decimal(amount) - discount)
        if not is_whole and asked is None:
            self.wrong.append(f"{amount} of a payment that is {status} go back, and nobody asked for that")
        if not is_whole and asked is not None and asked.checksum + discount != body["checksum"]:
            self.wrong.append(f"who asked saw that {asked.checksum} were left, and {body} was sent")

    def _discount(self, imp_uid: str) -> int:
        promotion = self.sandbox.payment(imp_uid).get("promotion") or {}
        return int(promotion.get("discount") or 0)

    def _asked(self, imp_uid: str, amount: Decimal) -> Ask | None:
        fits = (a for a in reversed(self.asked) if (a.imp_uid, a.amount) == (imp_uid, amount))
        return next((a for a in fits if not a.is_withdrawn and not a.is_done), None)

    def _note_done(self, body: dict[str, Any], before: dict[str, dict[str, Any]]) -> bool:
        """Answers whether the gateway has carried it out; meanwhile its console may have refunded, too."""
        new = [c for key, c in self.cancellations(body["imp_uid"]).items() if key not in before]
        done = next((c for c in new if c["reason"] == body["reason"]), None)
        asked = self._asked(body["imp_uid"], Decimal(done["amount"])) if done else None
        if asked is not None:
            asked.is_done = True
        return done is not None
