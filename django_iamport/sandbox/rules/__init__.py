"""The rules of the gateway, in plain Python over a store and a clock."""

from .account import Account
from .ledger import Merchant
from .refusals import Refusal

__all__ = ["Account", "Merchant", "Refusal"]
