"""Billing keys: cards that customers keep with the payment company, charged by the shop without a window."""
