"""Subscriptions: orders that come round, paid with a saved card when the shop's own clock says so."""
