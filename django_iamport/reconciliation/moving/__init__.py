"""The rows of the shop's former payment code, read by a mapping: compared with the gateway, and taken over."""

from .audit import audit
from .importing import ACCEPTABLE, take_over
from .report import MovingReport
from .tables import Tables

__all__ = ["ACCEPTABLE", "MovingReport", "Tables", "audit", "take_over"]
