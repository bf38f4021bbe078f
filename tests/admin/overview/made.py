"""Transactions as they are stored, whatever a gateway would say: sums are right or wrong by hand."""

from datetime import datetime
from itertools import count

from django_iamport.models import Cancellation
from django_iamport.rules.dates import KST
from tests.shop.models import Order, OrderTransaction, Ticket, TicketTransaction

numbers = count(1)


def kst(text):
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def stored(model=OrderTransaction, *, at, status="paid", amount=1000, created=None, **columns):
    """A transaction of that moment, in Korean time; paid unless said otherwise."""
    number, moment = next(numbers), kst(at)
    is_ticket = model is TicketTransaction
    order = (
        Ticket.objects.create(price=amount) if is_ticket else Order.objects.create(name="Tea", amount=amount)
    )
    uid = f"testmade{number}"
    taken = {"imp_uid": f"imp_made{number}", "paid_amount": amount, "paid_currency": "KRW", "paid_at": moment}
    if status not in ("paid", "cancelled", "rejected"):
        taken = {}
    if status == "paid":
        taken |= {"verified_at": moment, "paid_order_key": str(order.pk)}
    told = {"order": order, "merchant_uid": uid, "gateway_merchant_uid": uid, "amount": amount}
    told |= {"status": status, "sandbox": False, "pay_method": "card", **taken, **columns}
    model._base_manager.bulk_create([model(**told)])
    rows = model._base_manager.filter(merchant_uid=uid)
    rows.update(created=moment if created is None else kst(created))
    return rows.get()


def returned(row, *, at, amount, **columns):
    """A part of it, or all, went back at that moment."""
    told = {"currency": row.paid_currency, "source": "admin", "cancelled_at": kst(at), **columns}
    entry = f"entry{next(numbers)}"
    Cancellation.objects.create(
        merchant_uid=row.merchant_uid, imp_uid=row.imp_uid, entry=entry, amount=amount, **told
    )
