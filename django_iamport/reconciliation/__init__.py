"""What `iamport_sync` does: shop and gateway are compared, and what differs is posted or reported."""

from .report import CLEAN, LEFT_FOR_LATER, NEEDS_SOMEBODY, STOPPED, Report
from .run import sync

__all__ = ["CLEAN", "LEFT_FOR_LATER", "NEEDS_SOMEBODY", "STOPPED", "Report", "sync"]
