"""Payments: looked up, listed and refunded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django_iamport.client.errors import NotFound
from django_iamport.client.http.answer import Found, Page
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.paging import by_hundreds, walk
from django_iamport.client.http.wire import Amount, wire_amount
from django_iamport.client.results import (
    Balance,
    Payment,
    read_balance,
    read_payment,
    read_payment_page,
    read_payments,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

PER_PAGE = 100

FIND = Operation("payments.find", "GET", "/payments/{imp_uid}", read_payment)
FIND_FIRST = Operation("payments.find_first", "GET", "/payments/find/{merchant_uid}/{status}", read_payment)
FIND_ALL = Operation(
    "payments.find_all_page", "GET", "/payments/findAll/{merchant_uid}/{status}", read_payment_page
)
FIND_MANY = Operation(
    "payments.find_many",
    "GET",
    "/payments",
    read_payments,
    words={"imp_uid": "imp_uid[]", "merchant_uid": "merchant_uid[]"},
)
BY_STATUS = Operation(
    "payments.by_status_page", "GET", "/payments/status/{status}", read_payment_page, words={"from_": "from"}
)
BALANCE = Operation("payments.balance", "GET", "/payments/{imp_uid}/balance", read_balance)
CANCEL = Operation("payments.cancel", "POST", "/payments/cancel", read_payment)


class Payments(Group):
    """Lists come as `…_page`, one page, and under the plain name, all of it.

    `status` is `ready`, `paid`, `failed` or `cancelled` (partial refunds read `cancelled`, too); `sorting` is
    `started`, `paid` or `updated`, with `-` before it for the newest first (the default is `-started`). `page`
    counts from 1; `limit` is at most 1000, at the gateway 20 where it isn't given.
    """

    def find(
        self, imp_uid: str, *, include_sandbox: bool | None = None, **options: Unpack[Options]
    ) -> Payment:
        """The payment under this `imp_uid`, as it is now.

        The gateway hides payments of test channels unless `include_sandbox` is set.

        Raises NotFound, or another GatewayError where it could not be asked.
        """
        return self._call(FIND, locals())

    def find_first(
        self,
        merchant_uid: str,
        *,
        status: str | None = None,
        sorting: str | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """The first payment under this `merchant_uid`, by `sorting`.

        Several may share one number as long as none of them was paid, and a paid one may stand behind a newer
        failed one: ask with `status="paid"`, or for all of them. Test channels are included: look at `sandbox`.

        Raises NotFound, or another GatewayError where it could not be asked.
        """
        return self._call(FIND_FIRST, locals())

    def find_all(
        self,
        merchant_uid: str,
        *,
        status: str | None = None,
        sorting: str | None = None,
        **options: Unpack[Options],
    ) -> tuple[Payment, ...]:
        """All payments under this `merchant_uid`, newest first; `()` where there is none.

        Several may share one number as long as none of them was paid. Test channels are included: look at
        `sandbox`.

        Raises GatewayError where not every page could be read.
        """

        def ask(page: int) -> Page[Payment]:
            try:
                return self.find_all_page(
                    merchant_uid, status=status, sorting=sorting, page=page, limit=PER_PAGE, **options
                )
            except NotFound:
                if page > 1:
                    raise
                return Page(())

        return tuple(walk(FIND_ALL, ask, merchant_uid=merchant_uid))

    def find_all_page(
        self,
        merchant_uid: str,
        *,
        status: str | None = None,
        page: int | None = None,
        limit: int | None = None,
        sorting: str | None = None,
        **options: Unpack[Options],
    ) -> Page[Payment]:
        """One page of the payments under this `merchant_uid`.

        Raises NotFound where there is none, Refused for a page past the end, or another GatewayError.
        """
        return self._call(FIND_ALL, locals())

    def find_many(
        self,
        imp_uids: Iterable[str] = (),
        *,
        merchant_uids: Iterable[str] = (),
        **options: Unpack[Options],
    ) -> Found[Payment]:
        """The payments under any number of ids, one call for each hundred, and the ids that were not found.

        Raises GatewayError where one of the calls could not be made.
        """
        asked = [("imp_uid", uid) for uid in imp_uids] + [("merchant_uid", uid) for uid in merchant_uids]
        return by_hundreds(asked, lambda ids: self._call(FIND_MANY, {**ids, "options": options}))

    def by_status(
        self,
        status: str,
        *,
        from_: datetime | None = None,
        to: datetime | None = None,
        sorting: str | None = None,
        limit: int | None = PER_PAGE,
        **options: Unpack[Options],
    ) -> Iterator[Payment]:
        """All payments of this status, or of `all`, in a window, read page by page (`limit`) while you iterate.

        The window is at most 90 days; `from_` is inclusive and by default 90 days before `to`, which is by
        default now. It is compared with the moment of the status: opened for `ready` and `all`, paid, failed,
        cancelled. A payment that changes its status while the list is read may move from a page that is still
        to come to one that has been read: lists of `all` by `started` lose none.

        Raises GatewayError where a page could not be read.
        """

        def ask(page: int) -> Page[Payment]:
            return self.by_status_page(
                status, from_=from_, to=to, sorting=sorting, page=page, limit=limit, **options
            )

        return walk(BY_STATUS, ask)

    def by_status_page(
        self,
        status: str,
        *,
        page: int | None = None,
        limit: int | None = None,
        from_: datetime | None = None,
        to: datetime | None = None,
        sorting: str | None = None,
        **options: Unpack[Options],
    ) -> Page[Payment]:
        """One page of the payments of this status within a window, as `by_status` reads them.

        Raises Refused for a page past the end and a window of more than 90 days, or another GatewayError.
        """
        return self._call(BY_STATUS, locals())

    def balance(self, imp_uid: str, **options: Unpack[Options]) -> Balance:
        """What a payment was paid with, own means, points and discounts, each with its taxes (PAYCO and KCP only).

        Raises NotFound, Refused where the payment company doesn't tell, or another GatewayError.
        """
        return self._call(BALANCE, locals())

    def cancel(
        self,
        imp_uid: str | None = None,
        *,
        merchant_uid: str | None = None,
        amount: Amount | None = None,
        checksum: Amount | None = None,
        tax_free: Amount | None = None,
        vat_amount: Amount | None = None,
        reason: str | None = None,
        refund_holder: str | None = None,
        refund_bank: str | None = None,
        refund_account: str | None = None,
        refund_tel: str | None = None,
        retain_promotion: bool | None = None,
        enable_webhook: bool | None = None,
        extra: Mapping[str, Any] | None = None,
        **options: Unpack[Options],
    ) -> Payment:
        """Give back `amount` of a payment, or without it all that is left; answers the payment as it is then.

        All sums are in the payment's currency (won, or main units with at most two decimals). `checksum` is
        what can still be refunded as the caller knows it: where the gateway knows another sum, nothing happens,
        so that a repeated refund can't count twice. `tax_free` is the tax-free part of `amount` (kcp, kicc,
        nice and payco need it for tax-free payments), `vat_amount` its tax where that was given when paying.
        The `refund_*` fields name the account to pay to, which paid virtual accounts need; `refund_bank` is a
        code in the payment company's form. `retain_promotion` keeps a promotion whose minimum this refund
        breaks, `enable_webhook` has the shop's webhook called as well. `extra` goes to the payment company:
        `{"requester": "customer"}` for Naver Pay. `imp_uid` wins over `merchant_uid`, under which several
        payments may stand.

        Raises ValueError for an amount that is not positive (the gateway would read 0 as "all") and where both
        ids are missing, Refused where the gateway says no, Declined where the payment company does,
        OutcomeUnknown where it may have happened: then look the payment up, and never simply repeat.
        """
        if amount is not None and not wire_amount(amount):
            raise ValueError("a refund is of more than nothing")
        if not (imp_uid or merchant_uid):
            raise ValueError("a refund is of some payment")
        return self._call(CANCEL, locals())
