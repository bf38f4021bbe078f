"""The views that a shop subclasses and wires."""

from django_iamport.views.base import CheckoutPageMixin, IamportView, checkout_page
from django_iamport.views.checkout import OrderCancelView, OrderCheckoutAjaxView
from django_iamport.views.confirm import ConfirmView
from django_iamport.views.order_form import OrderCreateView, OrderFormMixin
from django_iamport.views.purchase import OrderCreateAjaxView, OrderImpAjaxView
from django_iamport.views.receipt import OrderCompleteView
from django_iamport.views.redirect import RedirectView
from django_iamport.views.refund_account import RefundAccountView
from django_iamport.views.webhook import WebhookView

__all__ = [
    "CheckoutPageMixin",
    "ConfirmView",
    "IamportView",
    "OrderCancelView",
    "OrderCheckoutAjaxView",
    "OrderCompleteView",
    "OrderCreateAjaxView",
    "OrderCreateView",
    "OrderFormMixin",
    "OrderImpAjaxView",
    "RedirectView",
    "RefundAccountView",
    "WebhookView",
    "checkout_page",
]
