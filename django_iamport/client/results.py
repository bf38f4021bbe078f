"""What the calls answer, as types, under the gateway's own field names.

Amounts are int where integral (won always are), else Decimal; moments are aware datetimes in UTC, None where
the gateway says 0. Words such as `status` are texts, so that a new one does no harm.
"""

from django_iamport.client.http.answer import Answer, Found, Page, Unreadable
from django_iamport.client.operations.account import Channel, Tier
from django_iamport.client.operations.billing_keys import (
    BillingKey,
    FailedChannel,
    SucceededChannel,
    SuperBillingKey,
)
from django_iamport.client.operations.certifications import Certification, OneTimePassword
from django_iamport.client.operations.codes import Code
from django_iamport.client.operations.escrow import Shipment
from django_iamport.client.operations.kcpquick import DeletedKey, Member, ReleasedMember
from django_iamport.client.operations.naver import Address, CashAmount, Orderer, ProductOrder, Review
from django_iamport.client.operations.payments import (
    Balance,
    BalanceChange,
    BalancePart,
    Cancellation,
    Deposit,
    Payment,
    Promotion,
)
from django_iamport.client.operations.prepare import Prepared
from django_iamport.client.operations.receipts import Receipt, SalesSlip
from django_iamport.client.operations.schedules import Schedule
from django_iamport.client.operations.wallets import DeliveryReport, OrderStatus, Points

__all__ = [
    "Address",
    "Answer",
    "Balance",
    "BalanceChange",
    "BalancePart",
    "BillingKey",
    "Cancellation",
    "CashAmount",
    "Certification",
    "Channel",
    "Code",
    "DeletedKey",
    "DeliveryReport",
    "Deposit",
    "FailedChannel",
    "Found",
    "Member",
    "OneTimePassword",
    "OrderStatus",
    "Orderer",
    "Page",
    "Payment",
    "Points",
    "Prepared",
    "ProductOrder",
    "Promotion",
    "Receipt",
    "ReleasedMember",
    "Review",
    "SalesSlip",
    "Schedule",
    "Shipment",
    "SucceededChannel",
    "SuperBillingKey",
    "Tier",
    "Unreadable",
]
