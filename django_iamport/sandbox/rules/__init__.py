"""The rules of the gateway, in plain Python over a store and a clock."""

from .account import Gateway
from .ledger import Account
from .refusals import Refusal

__all__ = ["Account", "Gateway", "Refusal"]
