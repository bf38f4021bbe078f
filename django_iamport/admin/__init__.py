"""The operator's desk: mixins for a shop's own admin classes, and the pages of this package's own tables."""

from django_iamport.admin.order_columns import Column, OrderLine
from django_iamport.admin.orders import OrderAdminMixin
from django_iamport.admin.overview import OverviewAdmin, SyncRunAdmin
from django_iamport.admin.records import CancellationAdmin, HistoryAdmin, OperatorCallAdmin, RefundAdmin
from django_iamport.admin.transactions import TransactionAdminMixin, TransactionInline

__all__ = [
    "CancellationAdmin",
    "Column",
    "HistoryAdmin",
    "OperatorCallAdmin",
    "OrderAdminMixin",
    "OrderLine",
    "OverviewAdmin",
    "RefundAdmin",
    "SyncRunAdmin",
    "TransactionAdminMixin",
    "TransactionInline",
]
