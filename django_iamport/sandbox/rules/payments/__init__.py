"""Payments through the window and by API, and what can be done with them."""
