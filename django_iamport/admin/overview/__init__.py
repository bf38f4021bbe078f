"""The page to look at first, and the books: what waits for a human, and what came in and went back."""

from django_iamport.admin.overview.page import OverviewMixin
from django_iamport.admin.overview.runs import OverviewAdmin, SyncRunAdmin

__all__ = ["OverviewAdmin", "OverviewMixin", "SyncRunAdmin"]
