"""What the rows refuse: they say what the gateway said, and stay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from django_iamport.client.errors import IamportError

from .texts import SHOP_FAULT, Text


class EvidenceMissing(IamportError):
    """A transaction was to become paid without a lookup that proves it; nothing was written."""

    code = "evidence_missing"
    http_status = 409
    message = Text(_("The payment could not be verified."))


class GatewayColumn(IamportError):
    """A column that only gateway updates may change was assigned; `confirm()` or `sync()` change it."""

    code = "gateway_column"
    http_status = 500
    message = Text(SHOP_FAULT)


class InTransaction(IamportError):
    """The gateway can't be asked while a database transaction is open: call this outside of `atomic()`."""

    code = "in_transaction"
    http_status = 500
    message = Text(SHOP_FAULT)


class ByInvalid(IamportError):
    """`by` was neither a user object nor a key: names and mail addresses of persons are not stored there."""

    code = "by_invalid"
    http_status = 500
    message = Text(SHOP_FAULT)


class TransactionKept(IamportError):
    """A prepared transaction is never deleted: money may still arrive under its `merchant_uid`."""

    code = "transaction_kept"
    http_status = 409
    message = Text(_("A payment record can't be deleted."))


class HistoryKept(IamportError):
    """History rows are never changed; `iamport_prune` deletes old ones."""

    code = "history_kept"
    http_status = 409
    message = Text(_("The history can't be changed."))


class OperatorNotCalled(IamportError):
    """No call for an operator is open for this transaction: there is nothing to answer."""

    code = "operator_not_called"
    http_status = 409
    message = Text(_("No call for an operator is open for this payment."))
