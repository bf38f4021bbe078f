"""Payments: looked up and refunded."""

from __future__ import annotations

from collections.abc import Iterable

from django_iamport.client.errors import NotFound, UnexpectedAnswer
from django_iamport.client.operation import Group, Operation, Timeout
from django_iamport.client.results import (
    Payment,
    PaymentPage,
    parse_payment,
    parse_payment_page,
    parse_payments,
)
from django_iamport.client.wire import Amount, wire_amount

IDS_PER_CALL = 100
PAYMENTS_PER_PAGE = 100
MOST_PAGES = 100  # a list that never ends is a broken answer

FIND = Operation("payments.find", "GET", "/payments/{imp_uid}", parse_payment)
FIND_ALL = Operation(
    "payments.find_all", "GET", "/payments/findAll/{merchant_uid}/{payment_status}", parse_payment_page
)
FIND_MANY = Operation("payments.find_many", "GET", "/payments", parse_payments)
CANCEL = Operation("payments.cancel", "POST", "/payments/cancel", parse_payment, writes=True)


class Payments(Group):
    def find(self, imp_uid: str, *, include_sandbox: bool = False) -> Payment:
        """The payment under this `imp_uid`, as it is now.

        The gateway hides payments of test channels unless `include_sandbox` is set.

        Raises NotFound, or another GatewayError where it could not be asked.
        """
        query = [("include_sandbox", "true")] if include_sandbox else []
        return self._call(FIND, ids={"imp_uid": imp_uid}, query=query)

    def find_all(self, merchant_uid: str, *, status: str | None = None) -> tuple[Payment, ...]:
        """All payments under this `merchant_uid`, newest first; `()` where there is none.

        Several may share one number as long as none of them was paid. `status` (`ready`, `paid`, `failed`,
        `cancelled`) leaves out the others. Test channels are included: look at `sandbox`.

        Raises GatewayError where not every page could be read.
        """
        try:
            page = self._page(merchant_uid, status, 1)
        except NotFound:
            return ()
        found = list(page.payments)
        number = 1
        while page.next:
            number += 1
            if page.next != number or number > MOST_PAGES:
                raise UnexpectedAnswer(
                    "the pages of this list don't follow one another",
                    operation=FIND_ALL.name,
                    merchant_uid=merchant_uid,
                )
            page = self._page(merchant_uid, status, number)
            found += page.payments
        return tuple(found)

    def _page(self, merchant_uid: str, status: str | None, number: int) -> PaymentPage:
        return self._call(
            FIND_ALL,
            ids={"merchant_uid": merchant_uid, "payment_status": status},
            query=[("page", str(number)), ("limit", str(PAYMENTS_PER_PAGE))],
        )

    def find_many(self, imp_uids: Iterable[str]) -> tuple[Payment, ...]:
        """The payments under these `imp_uid`s, one call for each hundred; those not found are left out.

        Raises GatewayError where one of the calls could not be made.
        """
        asked = list(dict.fromkeys(imp_uids))
        found: list[Payment] = []
        for start in range(0, len(asked), IDS_PER_CALL):
            query = [("imp_uid[]", imp_uid) for imp_uid in asked[start : start + IDS_PER_CALL]]
            try:
                page = self._call(FIND_MANY, query=query)
            except NotFound:
                continue
            found += page
        return tuple(found)

    def cancel(
        self,
        imp_uid: str,
        *,
        amount: Amount,
        checksum: Amount,
        reason: str | None = None,
        refund_holder: str | None = None,
        refund_bank: str | None = None,
        refund_account: str | None = None,
        refund_tel: str | None = None,
        timeout: Timeout | None = None,
    ) -> Payment:
        """Give back `amount` of a payment, all of it or a part; answers the payment as it is afterwards.

        `amount` and `checksum` are in the payment's currency (won, or main units with at most two decimals).
        `checksum` is what can still be refunded as the caller knows it: where the gateway knows another sum,
        nothing happens, so that a repeated refund can't count twice. The `refund_*` fields name the account
        to pay to, which paid virtual accounts need; `refund_bank` is a code in the payment company's form.
        `timeout` (seconds, or connect and read) replaces the client's for this call.

        Raises ValueError for an amount that is not positive (the gateway would read 0 as "all"), Refused
        where the gateway or the payment company says no, OutcomeUnknown where it may have happened: then look
        the payment up, and never simply repeat.
        """
        refunded = wire_amount(amount)
        if not refunded:
            raise ValueError("a refund is of more than nothing")
        body = {
            "imp_uid": imp_uid,
            "amount": refunded,
            "checksum": wire_amount(checksum),
            "reason": reason,
            "refund_holder": refund_holder,
            "refund_bank": refund_bank,
            "refund_account": refund_account,
            "refund_tel": refund_tel,
        }
        given = {name: value for name, value in body.items() if value is not None}
        return self._call(CANCEL, body=given, timeout=timeout)
