"""The operator's view: who subscribed to what, who is behind and why, and what the desk may do about it."""

from .subscriptions import RenewalInline, SubscriptionAdminMixin

__all__ = ["RenewalInline", "SubscriptionAdminMixin"]
