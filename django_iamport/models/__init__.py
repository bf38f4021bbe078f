"""What a shop subclasses, and this package's own tables."""

from django_iamport.models.order import AbstractOrder, AbstractOrderItem, PayableMixin
from django_iamport.models.transaction import AbstractTransaction
from django_iamport.records.cancellation import Cancellation
from django_iamport.records.history import History
from django_iamport.records.operator_call import OperatorCall
from django_iamport.records.refund import Refund
from django_iamport.records.sync_cursor import SyncCursor

__all__ = [
    "AbstractOrder",
    "AbstractOrderItem",
    "AbstractTransaction",
    "Cancellation",
    "History",
    "OperatorCall",
    "PayableMixin",
    "Refund",
    "SyncCursor",
]
