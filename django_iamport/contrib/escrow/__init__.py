"""Escrow: what was shipped is registered with the payment company, and what the buyer says of it is heard."""
