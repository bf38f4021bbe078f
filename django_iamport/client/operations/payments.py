"""Payments: looked up, listed and refunded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django_iamport.client.errors import NotFound
from django_iamport.client.http.answer import (
    Answer,
    DecidingText,
    Found,
    Page,
    each_by_itself,
    page_of,
    reader,
)
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.paging import by_hundreds, walk
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount, wire_amount


@dataclass(frozen=True, slots=True, repr=False)
class Cancellation(Answer):
    """One refund of a payment. `cancellation_id` is None in answers older than that field."""

    repr_fields = ("amount", "cancellation_id", "cancelled_at")
    amount: Amount
    cancellation_id: DecidingText
    cancelled_at: datetime | None
    pg_tid: str | None
    reason: str | None
    receipt_url: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Deposit(Answer):
    """One deposit into a virtual account of a customer's own, which takes any number of them."""

    repr_fields = ("amount", "deposited_at")
    amount: Amount
    deposited_at: datetime | None
    pg_tid: str | None
    depositor_name: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Promotion(Answer):
    """The discount that a card company's promotion gave."""

    repr_fields = ("id", "discount")
    id: str | None
    discount: Amount


@dataclass(frozen=True, slots=True, repr=False)
class Payment(Answer):
    """One payment as the gateway had it when it was asked.

    `status` is the gateway's word (`ready`, `paid`, `failed`, `cancelled`; partial refunds read `cancelled`).
    `sandbox` is True for a test channel and None where the answer does not say. `cancel_amount` is never
    guessed: a missing sum of refunds read as 0 would make a refunded payment a voided one.
    """

    repr_fields = (
        *(
            "imp_uid",
            "merchant_uid",
            "status",
            "amount",
            "cancel_amount",
            "currency",
            "sandbox",
            "pay_method",
        ),
        *("pg_provider", "emb_pg_provider", "pg_id", "channel", "escrow", "customer_uid_usage"),
        *("started_at", "paid_at", "failed_at", "cancelled_at", "cancel_history", "promotion"),
    )
    imp_uid: str
    merchant_uid: str
    status: str
    amount: Amount
    cancel_amount: Amount
    currency: str
    sandbox: bool | None
    pay_method: str | None
    channel: str | None
    pg_provider: str | None
    emb_pg_provider: str | None
    pg_id: DecidingText
    pg_tid: str | None
    escrow: bool | None
    started_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    cancelled_at: datetime | None
    fail_reason: str | None
    cancel_reason: str | None
    cancel_history: tuple[Cancellation, ...]
    cancel_receipt_urls: tuple[str, ...]
    deposit_history: tuple[Deposit, ...]
    promotion: Promotion | None
    name: str | None
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    buyer_addr: str | None
    buyer_postcode: str | None
    custom_data: str | None
    user_agent: str | None
    receipt_url: str | None
    cash_receipt_issued: bool | None
    apply_num: str | None
    bank_code: str | None
    bank_name: str | None
    card_code: str | None
    card_name: str | None
    card_number: str | None
    card_quota: int | None
    card_type: int | None
    card_issuer_code: str | None
    card_issuer_name: str | None
    card_publisher_code: str | None
    card_publisher_name: str | None
    vbank_code: str | None
    vbank_name: str | None
    vbank_num: DecidingText
    vbank_holder: str | None
    vbank_date: datetime | None
    vbank_issued_at: datetime | None
    customer_uid: DecidingText
    customer_uid_usage: DecidingText


@dataclass(frozen=True, slots=True, repr=False)
class BalancePart(Answer):
    """The tax split of one part of a payment, in its currency."""

    repr_fields = ("tax_free", "supply", "vat", "service")
    tax_free: Amount
    supply: Amount
    vat: Amount
    service: Amount


@dataclass(frozen=True, slots=True, repr=False)
class BalanceChange(Answer):
    """What a payment was split into at one moment."""

    repr_fields = ("created", "cash_receipt", "primary", "secondary", "discount")
    created: datetime | None
    cash_receipt: BalancePart | None
    primary: BalancePart | None
    secondary: BalancePart | None
    discount: BalancePart | None


@dataclass(frozen=True, slots=True, repr=False)
class Balance(Answer):
    """A payment split by what it was paid with: own means, points, discounts; each with its taxes."""

    repr_fields = ("amount", "cash_receipt", "primary", "secondary", "discount")
    amount: Amount
    cash_receipt: BalancePart | None
    primary: BalancePart | None
    secondary: BalancePart | None
    discount: BalancePart | None
    histories: tuple[BalanceChange, ...]


PER_PAGE = 100

read_payment = reader(Payment)
read_payments = each_by_itself(read_payment)
read_payment_page = page_of(read_payment)
read_listed_page = page_of(read_payment, each_alone=True)
read_balance = reader(Balance)

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
    wire_names={"imp_uid": "imp_uid[]", "merchant_uid": "merchant_uid[]"},
)
BY_STATUS = Operation(
    "payments.by_status_page",
    "GET",
    "/payments/status/{status}",
    read_listed_page,
    wire_names={"from_": "from"},
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

        Each payment is read by itself: `unreadable` are those that can't be.

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

        Raises GatewayError where a page, or one of its payments, could not be read.
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

        Each payment is read by itself: the page's `unreadable` are those that can't be.

        Raises Refused for a page past the end and a window of more than 90 days, or another GatewayError.
        """
        return self._call(BY_STATUS, locals())

    def balance(self, imp_uid: str, **options: Unpack[Options]) -> Balance:
        """What a payment was paid with, own means, points and discounts, each with its taxes (PAYCO and KCP only).

        Raises NotFound, Refused where the payment company doesn't say, or another GatewayError.
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
            raise ValueError("the amount of a refund must be more than 0")
        if not (imp_uid or merchant_uid):
            raise ValueError("a refund needs an imp_uid or a merchant_uid")
        return self._call(CANCEL, locals())
