"""One attempt to pay one order: what a shop subclasses, and what it may do with it."""

from __future__ import annotations

import sys
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.db import models, router
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor
from django.db.models.signals import class_prepared, post_save, pre_delete
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import AccountNotWaiting, GatewayColumn, RefundNotKnown
from django_iamport.exceptions.texts import reason_in_words
from django_iamport.ledger import operator_calls
from django_iamport.managers import TransactionManager, asynchronous
from django_iamport.payments import manual_acceptance, request_pay, save_guard, virtual_accounts
from django_iamport.records.blocks import block
from django_iamport.records.fields import without_labels
from django_iamport.records.hands import By, hand_of
from django_iamport.records.kinds import OrderAccessor
from django_iamport.records.refund import Refund
from django_iamport.records.transaction import BOOKKEEPING, GATEWAY_COLUMNS, TransactionRecord
from django_iamport.refunds import account_links, requests, waiting
from django_iamport.refunds.accounts import RefundAccount
from django_iamport.rules.status import Status

if sys.version_info >= (3, 11):
    from typing import Self
else:
    # Django's own requirements bring it there.
    from typing_extensions import Self


@without_labels
class AbstractTransaction(TransactionRecord):
    """One attempt to pay one order.

    The shop's transaction declares
    `order = ForeignKey(Order, on_delete=PROTECT, related_name="transactions")` and
    `class Meta(AbstractTransaction.Meta)`, which keeps the constraints.

    The gateway's columns have one writer, the posting to which `confirm()` and `sync()` lead; `save()` leaves them
    out, and raises `GatewayColumn` where one was assigned. Assigning `status = "paid"` is looked up first.
    """

    objects: ClassVar[TransactionManager[Self]] = TransactionManager()

    class Meta(TransactionRecord.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the shop's own columns.

        Raises `GatewayColumn` where a gateway column of a stored row was assigned, and `EvidenceMissing`
        where `status` was assigned `"paid"` and no lookup proves it; nothing is written then.
        """
        using = kwargs.get("using") or router.db_for_write(type(self), instance=self)
        if self._state.adding:
            self._insert(using, args, kwargs)
            return
        update_fields = kwargs.get("update_fields")
        assigned = self._assigned(update_fields)
        if "status" in assigned and self.status == Status.PAID:
            save_guard.confirm_assigned(self, using)
        elif assigned:
            names = ", ".join(sorted(assigned))
            raise GatewayColumn(
                f"{names}: only updates from the gateway change this; call sync() or confirm()."
            )
        kwargs["update_fields"] = self._columns_without(
            GATEWAY_COLUMNS | BOOKKEEPING | {"order", "order_id"}, update_fields
        )
        with block(using, self.merchant_uid):
            super().save(*args, **kwargs)

    def _insert(self, using: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.gateway_merchant_uid = self.gateway_merchant_uid or self.merchant_uid
        claimed = self.imp_uid if self.status == Status.PAID else None
        if self.status == Status.PAID:
            save_guard.prove_new(self, using)
            self.imp_uid, self.status = None, Status.READY.value
        # Given a stored key, Django would update that row.
        kwargs["force_insert"] = True
        with block(using, self.merchant_uid, savepoint=not self._is_undone_as_a_whole):
            super().save(*args, **kwargs)
        self._remember(self.loaded_columns)
        if claimed:
            self.imp_uid, self.status = claimed, Status.PAID.value
            save_guard.confirm_assigned(self, using)

    def request_pay(self, *, return_to: str = "", **extra: object) -> dict[str, Any]:
        """What a page or an app hands to `IMP.request_pay`, amounts in the currency's main unit (won for KRW).

        `IAMPORT_REQUEST_PAY`, the channel, the order's `get_buyer()` and `extra` add parameters; `merchant_uid`,
        `amount` and `currency` are those that were registered. `return_to` names one of `IAMPORT_RETURN_URLS`,
        where a phone goes on to after the shop's own address; raises `MalformedRequest` for another name.
        """
        return request_pay.parameters(self.order, self, extra, return_to)

    async def arequest_pay(self, *, return_to: str = "", **extra: object) -> dict[str, Any]:
        """`request_pay()` for code that is `async`: the order may have to be read."""
        return await sync_to_async(self.request_pay)(return_to=return_to, **extra)

    def sync(self, *, source: str = "sync", by: By = "") -> None:
        """Ask the gateway about this transaction, post the answer, and refresh this object.

        `source` and `by` (a user object, or a key) go into the history. Raises `GatewayError` where the gateway
        could not be asked, `InTransaction` within a transaction.
        """
        TransactionManager.for_model(type(self)).confirm(
            merchant_uid=self.merchant_uid, imp_uid=self.imp_uid, source=source, by=by
        )
        self.refresh_from_db()

    def cancel(
        self,
        amount: int | Decimal | None = None,
        *,
        reason: str,
        tax_free: int | Decimal | None = None,
        refund_account: RefundAccount | None = None,
        by: By = "",
        checksum: int | Decimal | None = None,
        refund_key: str | None = None,
    ) -> Refund:
        """Refund all that is left or a part: answers the `Refund` that is done, and raises where it isn't.

        Refreshes this object (docs/reliability.md, 23 to 26).

        `amount`, `tax_free` (the part of it without VAT) and `checksum` are in the payment's currency (won, or
        main units). `amount` None is the rest as known here. `checksum` is the rest that whoever asks saw: where
        another one is left, nothing is refunded. `refund_key`, the one-time key of a form, makes it one refund
        however often the form is sent: it answers the one that is done. `refund_account` is where a deposit is
        returned to. `reason` goes to the gateway; `by` (a user object, or a key) into the history.

        An error means that nothing was refunded and nothing will be, except `OutcomeUnknown`: it is under way or
        its answer was lost, and it is looked up, at the latest by `iamport_sync`. Raises `NotRefundable`,
        `RefundAmountInvalid`, `RefundTooHigh`, `RefundInConsole` (it had a promotion), `RefundRestChanged`,
        `RefundOpen`, `RefundKeyUsed`, `RefundRefused` (the same form was refused before), `RefundAccountMissing`,
        `RefundAccountInvalid`, `RefundPeriodOver`, `Refused` (with the gateway's own words), another
        `GatewayError`, `InTransaction`.
        """
        refund = requests.cancel(
            self,
            self._write_database(),
            amount=amount,
            reason=reason,
            tax_free=tax_free,
            refund_account=refund_account,
            by=hand_of(by),
            checksum=checksum,
            refund_key=refund_key,
        )
        self.refresh_from_db()
        return refund

    acancel = asynchronous(cancel)

    def get_refund_account_url(self) -> str:
        """The address under which a customer without a login names the account that a deposit goes back to.

        It is the permission to do so: send it to the contact of the order and to nobody else. It ends after 14
        days, and as soon as an account was given. Raises `RefundNotKnown` where no refund waits for an account.
        """
        refund = self.pending_refund
        if refund is None or not refund.needs_account:
            raise RefundNotKnown(f"No refund of {self.merchant_uid} waits for an account.")
        return account_links.address(refund)

    def retry_refund(
        self, *, refund_account: RefundAccount | None = None, by: By = "", link: str | None = None
    ) -> Refund:
        """Carry out the automatic refund that waits for an operator: answers it done, and raises where it isn't.

        Refreshes this object. The money goes to `refund_account` where one is given; it is stored until the
        outcome is known. `link`, the signed part of `get_refund_account_url`, is used up by it. Raises
        `RefundNotKnown` where none waits, or the link is over, `RefundNeedsOperator` where it goes on waiting
        (`refusal`, `gateway_message`), `OutcomeUnknown`, another `GatewayError`, `RefundAccountInvalid`,
        `InTransaction`.
        """
        refund = requests.retry(
            self, self._write_database(), refund_account=refund_account, by=hand_of(by), link=link
        )
        self.refresh_from_db()
        return refund

    def change_account(self, *, vbank_due: datetime | None = None, by: By = "") -> None:
        """Change a waiting virtual account at the gateway, and refresh this object.

        `vbank_due` is the new last moment for the deposit; the sum becomes what the order asks for now. Hecto
        alone can do this. Raises `AccountNotWaiting`, `OrderClosed`, `NotPayable`, `Refused`, another
        `GatewayError`, `InTransaction`; after `OutcomeUnknown` the next lookup tells which sum is right.
        """
        virtual_accounts.change(self, self._write_database(), vbank_due=vbank_due, by=hand_of(by))
        self.refresh_from_db()

    def void_account(self, *, reason: str, by: By = "") -> None:
        """Void a waiting virtual account at the gateway, and refresh this object; nobody can pay into it then.

        `reason` and `by` (a user object, or a key) go into the history. Raises `AccountNotWaiting`,
        `RefundNeedsOperator` where the gateway refuses (with its own words; it is tried again by itself),
        `OutcomeUnknown`, another `GatewayError`, `InTransaction`.
        """
        virtual_accounts.void(self, self._write_database(), reason=reason, by=hand_of(by))
        self.refresh_from_db()

    def close_refund(self, *, reason: str, proof: str, by: By = "") -> Refund:
        """Close the automatic refund that waits for an operator, who returned the money by bank transfer.

        Looks up first that the gateway still holds the money: else nothing is closed. Nothing of the payment can
        be refunded or accepted afterwards. `reason` (of at most 200 characters with `proof`) and `by` (a user
        object, or a key) go into the history, `proof`, the number or name of the transfer, is kept with the
        refund, which is answered. Raises `RefundNotKnown`, `GatewayError`, `InTransaction`.
        """
        refund = waiting.close_as_transferred(
            self, self._write_database(), reason=reason, proof=proof, by=hand_of(by)
        )
        self.refresh_from_db()
        return refund

    def ask_refund_account(self, *, by: By = "") -> str:
        """Forget the account that a deposit was to go back to: the customer's page asks for another.

        Answers the address as `get_refund_account_url` does. `by` (a user object, or a key) goes into the history.
        Raises `RefundNotKnown` where no refund waits that needs an account.
        """
        return waiting.ask_account_again(self, self._write_database(), by=hand_of(by))

    def accept(self, *, reason: str, by: By = "") -> None:
        """Accept a rejected payment by hand, with all that a payment does, and refresh this object.

        Looks up first: the whole amount must still be held (docs/reliability.md, rule 27). `reason` and `by`
        (a user object, or a key) go into the history. Raises `NotAcceptable`, `RefundOpen`, `GatewayError`,
        `ReceiverFailed`, `Busy`, `InTransaction`; nothing is changed then.
        """
        manual_acceptance.accept(self, self._write_database(), reason=reason, by=hand_of(by))
        self.refresh_from_db()

    def answer_operator(self, note: str, *, by: By = "") -> None:
        """Answer every open call for an operator, and refresh this object; what it was about is not changed.

        `note` (what was found and done) and `by` (a user object, or a key) go into the history. Raises
        `OperatorNotCalled` where no call is open.
        """
        operator_calls.answer(self, self._write_database(), text=note, by=hand_of(by))
        self.refresh_from_db()

    def _write_database(self) -> str:
        return TransactionManager.for_model(type(self)).write_database()

    def get_fail_reason_display(self) -> str | Promise:
        """Why it failed: the payment provider's words, or ours where an account was refused or expired."""
        if self.is_expired:
            return _("Nothing was deposited by the deadline.")
        return self.REJECT_REASONS.get(self.fail_reason) or reason_in_words(self.fail_reason)

    def get_deposit_text(self) -> str:
        """What a mail says of the waiting account: bank, number, holder, amount and deadline (KST).

        In the customer's language, from the template `django_iamport/deposit.txt`. Raises `AccountNotWaiting`.
        """
        if not self.is_awaiting_deposit:
            raise AccountNotWaiting(f"{self.merchant_uid} is not waiting for a deposit.")
        context = {"transaction": self, "order": self.order}
        with translation.override(self.language):
            return render_to_string("django_iamport/deposit.txt", context).strip()


def _guard_concrete_class(sender: type[models.Model], **kwargs: Any) -> None:
    if not issubclass(sender, AbstractTransaction):
        return
    declared = sender.__dict__.get("order")
    if isinstance(declared, ForwardManyToOneDescriptor):
        setattr(sender, "order", OrderAccessor(declared.field))  # noqa: B010 - its declared type is the field
    post_save.connect(
        save_guard.order_payment_validation, sender=sender, dispatch_uid="iamport_order_payment_validation"
    )
    pre_delete.connect(save_guard.keep_transaction, sender=sender, dispatch_uid="iamport_keep_transaction")


class_prepared.connect(_guard_concrete_class, dispatch_uid="iamport_guard_concrete_class")
