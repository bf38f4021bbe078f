"""What a shop subclasses, and this package's own tables."""

from django_iamport.models.order import AbstractOrder, AbstractOrderItem, PayableMixin
from django_iamport.models.refund import Refund
from django_iamport.models.transaction import AbstractTransaction

__all__ = ["AbstractOrder", "AbstractOrderItem", "AbstractTransaction", "PayableMixin", "Refund"]
