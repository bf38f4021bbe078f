"""What the calls take, as types: for annotations of your own, and for what is put together before it is sent."""

from django_iamport.client.http.operation import Options, Timeout
from django_iamport.client.http.token import Cache
from django_iamport.client.http.wire import Amount
from django_iamport.client.operations.charges import Buyer, CardCharge
from django_iamport.client.operations.escrow import FormedAddress, Logis, Product, Receiver, Sender
from django_iamport.client.operations.kcpquick import PrepareFields
from django_iamport.client.operations.naver import Delivery, ProductOrderIds
from django_iamport.client.operations.receipts import ReceiptFields, Seller
from django_iamport.client.operations.schedules import PlannedPayment
from django_iamport.client.operations.wallets import ShippingAddress

__all__ = [
    "Amount",
    "Buyer",
    "Cache",
    "CardCharge",
    "Delivery",
    "FormedAddress",
    "Logis",
    "Options",
    "PlannedPayment",
    "PrepareFields",
    "Product",
    "ProductOrderIds",
    "ReceiptFields",
    "Receiver",
    "Seller",
    "Sender",
    "ShippingAddress",
    "Timeout",
]
