"""Both pages about cash receipts name what there is, and their test runs."""

import re

import pytest

from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.models import History
from tests.project.test_docs import FENCE, read

PAGES = ("docs/cash-receipts.md", "docs/cash-receipts.ko.md")


@pytest.mark.parametrize("page", PAGES)
def test_every_column_status_event_function_and_check_is_told(page):
    told = set(re.findall(r"`([\w.]+)(?:\([^`]*\))?`", read(page)))
    known = {field.name for field in CashReceipt._meta.get_fields()} | set(dict(CashReceipt.STATUS))
    known |= {event for event, _words in History.EVENT if event.startswith("cash_receipt_")}
    known |= {*receipts.__all__} | {f"iamport_cash_receipts.{name}" for name in ("E001", "E002", "W001")}
    known |= {name for name, _words in CashReceipt._meta.permissions}
    assert known - told == {"new_merchant_uid"} - told


def test_the_test_of_the_page_passes(order, iamport_sandbox, django_capture_on_commit_callbacks):
    block = next(block[3] for block in FENCE.finditer(read(PAGES[0])) if "def test_a_refund" in block[3])
    names: dict = {}
    exec(block, names)
    names["test_a_refund_cancels_the_receipt"](order, iamport_sandbox, django_capture_on_commit_callbacks)
