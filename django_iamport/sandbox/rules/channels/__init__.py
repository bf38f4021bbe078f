"""Channels: the account's contracts with payment companies, and what each permits."""

from . import files, kept
from .catalog import Catalog
from .channel import API_PAYMENT, CERTIFICATION, PAYMENT, Channel, Rules
from .defaults import CERTIFICATION_KEY, CVS_KEY, DEFAULTS, LIVE_KEY, TEST_KEY

__all__ = [
    "API_PAYMENT",
    "CERTIFICATION",
    "CERTIFICATION_KEY",
    "CVS_KEY",
    "DEFAULTS",
    "LIVE_KEY",
    "PAYMENT",
    "TEST_KEY",
    "Catalog",
    "Channel",
    "Rules",
    "files",
    "kept",
]
