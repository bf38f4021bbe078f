"""`TransactionManager`: begins attempts, and lets gateway news into the database, whoever brings it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import models, router

from django_iamport.payments import attempts, confirmation
from django_iamport.records.hands import By, hand_of
from django_iamport.records.history import Origin
from django_iamport.records.payable import Payable
from django_iamport.records.transaction import TransactionQuerySet, TransactionRecord
from django_iamport.records.write_database import database_of_relation

__all__ = ["TransactionManager"]

T_co = TypeVar("T_co", bound=TransactionRecord, covariant=True)
Row = TypeVar("Row", bound=TransactionRecord)


Owner = TypeVar("Owner")
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def asynchronous(
    method: Callable[Concatenate[Owner, Arguments], Answer],
) -> Callable[Concatenate[Owner, Arguments], Coroutine[Any, Any, Answer]]:
    """The method for code that is `async`, in the thread that has the database, as Django's own `aget()` is."""
    name = f"a{method.__name__}"

    async def awaited(self: Owner, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        # A shop may have overridden it.
        own: Callable[Arguments, Answer] = getattr(self, method.__name__)
        return await sync_to_async(own, thread_sensitive=True)(*args, **kwargs)

    awaited.__name__, awaited.__doc__ = name, f"`{method.__name__}()` for code that is `async`."
    awaited.__qualname__ = f"{method.__qualname__.rpartition('.')[0]}.{name}"
    return awaited


class TransactionManager(models.Manager[T_co], Generic[T_co]):
    def get_queryset(self) -> TransactionQuerySet[T_co]:
        return TransactionQuerySet(self.model, using=database_of_relation(self))

    @classmethod
    def for_model(cls, model: type[Row]) -> TransactionManager[Row]:
        """The manager of a transaction model, whatever the shop's own is called."""
        default: models.Manager[Row] = model._default_manager
        if isinstance(default, TransactionManager):
            return default
        manager: TransactionManager[Row] = TransactionManager()
        manager.model = model
        return manager

    def write_database(self) -> str:
        """The alias of the database that is written to."""
        return self._db or router.db_for_write(self.model)

    def create_new(
        self,
        order: Payable,
        *,
        customer_uid_usage: str | None = None,
        pg_id: str | None = None,
        escrow: bool | None = None,
        request_pay: Callable[[Any], Mapping[str, object]] | None = None,
        void_accounts: bool = True,
        channel: str = "",
    ) -> T_co:
        """Prepare the order's amount at the gateway and store a new attempt to pay it.

        The order's earlier open attempts are looked up first, and what is found is posted; a waiting virtual
        account is voided. The last open one is answered again, and nothing is prepared, where its window never
        opened, it is younger than 30 minutes, and asks for the same amount, currency, channel and values.

        `customer_uid_usage`, `pg_id` and `escrow` name what the payment must show beside the amount; None is not
        compared, except that a `customer_uid_usage` must be absent then. `request_pay` answers, of a stored
        attempt, what its window is opened with beside what settings and order say. Without `void_accounts` an
        account that waits for its deposit is kept, and no attempt begins: the customer is asked first.
        `channel` is one of `IAMPORT_CHANNELS`; what its entry says of payments must be shown, too.

        Raises `OrderPaid`, `OrderClosed`, `OrderChanged`, `NotPayable`, `AccountKept` and `AccountWaiting` where
        nothing may be charged, `ChannelUnknown`, `GatewayError` where the gateway could not be asked,
        `TooManyRequests` beyond `IAMPORT_ORDER_BUDGET`, `InTransaction` within `atomic()`.
        """
        asked = {"customer_uid_usage": customer_uid_usage, "pg_id": pg_id, "escrow": escrow}
        return attempts.create(
            self.model,
            order,
            asked,
            self.write_database(),
            request_pay,
            void_accounts=void_accounts,
            channel=channel,
        )

    def get_transaction(self, merchant_uid: str) -> T_co:
        """Ask the gateway about an attempt and answer the stored transaction.

        Raises `AttemptNotFound`, `GatewayError`, `InTransaction`.
        """
        return self.confirm(merchant_uid=merchant_uid, source="get_transaction")

    def confirm(
        self, *, merchant_uid: str | None = None, imp_uid: str | None = None, source: str, by: By = ""
    ) -> T_co:
        """Ask the gateway, verify, lock, write: the one entrance for news, whoever brings it.

        `merchant_uid` and `imp_uid` are hints, at least one of them; the transaction concerned is the one
        whose `merchant_uid` the gateway names. `source` says who brought the news: `browser`, `redirect`,
        `webhook`, `sync`, `admin`, `command` or a word of your own; `by`, whose hand it was: a
        user object, or a key.

        Answers the stored transaction. Raises `AttemptNotFound` where the payment belongs to no attempt of
        ours, `PaymentUnknown` where the gateway doesn't know the payment (yet), `GatewayError` where it could
        not be asked, `TooManyRequests` where `browser` or `redirect` claim more of one attempt than
        `IAMPORT_ATTEMPT_BUDGET`, `ReceiverFailed`, `Busy`, `InTransaction`; nothing is lost then: the attempt is
        first in line at the next `iamport_sync`. Without a `merchant_uid` nothing is counted.
        """
        return confirmation.confirm(
            self.model,
            self.write_database(),
            Origin(source, hand_of(by)),
            merchant_uid=merchant_uid,
            imp_uid=imp_uid,
        )

    def poll(self, merchant_uid: str) -> T_co:
        """The stored transaction; asks the gateway at most once per attempt and 5 seconds.

        Raises as `get_transaction` does, and `TooManyRequests` beyond `IAMPORT_ATTEMPT_BUDGET`.
        """
        return confirmation.poll(self.model, merchant_uid, self.write_database())

    def settle_free(self, order: Payable) -> None:
        """Settle an order whose amount is 0, without gateway and transaction; sends `order_settled` once.

        Where the order had an amount before and attempts to pay it, these are looked up first.

        Raises `NotPayable` where there is something to pay; as `create_new` `OrderPaid`, `OrderClosed`,
        `AccountWaiting` and `TooManyRequests`; `Busy`; `InTransaction` within `atomic()` where there were
        attempts, or reads may be older than the lock.
        """
        attempts.settle_free(self.model, order, self.write_database())

    def settle_open_attempts(self, order: Payable, *, void_accounts: bool = True) -> None:
        """Ask what became of an order's open attempts, post it, and void waiting accounts.

        Before a further attempt, and before an order is replaced. An attempt whose window never opened stops
        nothing. Raises `AccountWaiting` where an account could not be voided, `AccountKept` where one waits that
        was not to be voided, `GatewayError`, `TooManyRequests`.
        """
        attempts.settle_open(self.model, order, self.write_database(), void_accounts=void_accounts)

    def give_up(self, order: Payable, *, void_accounts: bool = False) -> bool:
        """Give an unpaid order up, asking the gateway first; answers whether it was.

        A payment that nobody had reported is posted, and keeps the order. An account that still waits for its
        deposit keeps it, too, unless `void_accounts`. A payment that comes even later is judged as any other:
        by `accepts_payment` of a closed order. Raises `AccountWaiting` where an account could not be voided,
        `OrderKept` where it is that of a subscription's period, `GatewayError`, `TooManyRequests`,
        `InTransaction`.
        """
        return attempts.give_up(self.model, order, self.write_database(), void_accounts=void_accounts)

    acreate_new = asynchronous(create_new)
    aget_transaction = asynchronous(get_transaction)
    aconfirm = asynchronous(confirm)
    apoll = asynchronous(poll)
    asettle_free = asynchronous(settle_free)
    agive_up = asynchronous(give_up)
