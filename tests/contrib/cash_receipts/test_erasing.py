"""What `iamport_erase` blanks of a cash receipt, and what never gets anywhere."""

import json
import logging
from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from django_iamport.contrib.cash_receipts import receipts
from django_iamport.contrib.cash_receipts.models import CashReceipt
from django_iamport.exceptions import OutcomeUnknown
from django_iamport.sandbox.rules.channels import LIVE_KEY
from django_iamport.testing.adapter import Adapter
from tests.contrib.cash_receipts.conftest import PHONE, stored
from tests.error_mail import BrokenHook, broken, values_in_djangos_report

pytestmark = pytest.mark.database


def erase(*arguments):
    out = StringIO()
    with suppress(CommandError):
        call_command("iamport_erase", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_person_goes_and_the_receipt_stays(paid):
    receipts.cancel(receipts.issue(paid, PHONE, by="customer:7"), reason="Mr Kim called", by="operator:1")
    assert erase("--order", str(paid.order_id))["cash_receipts"] == 1
    row = stored()
    blanked = [row.masked_identifier, row.reason, row.receipt_url, row.gateway_message]
    assert (blanked, row.by, row.cancelled_by) == ([""] * 4, "customer", "operator:1")
    assert (row.status, row.amount, bool(row.apply_num)) == ("cancelled", 50_000, True)
    assert erase("--order", str(paid.order_id))["cash_receipts"] == 0


def test_what_is_under_way_is_left_until_it_is_settled(paid, iamport_sandbox):
    iamport_sandbox.fail_next("receipts.issue", disconnect=True, after=True)
    with pytest.raises(OutcomeUnknown):
        receipts.issue(paid, PHONE)
    told = erase("--order", str(paid.order_id))
    assert (told["cash_receipts"], told["kept"]) == (0, {paid.merchant_uid: "cash_receipt_pending"})
    assert stored().masked_identifier
    receipts.sync(stored())
    assert erase("--order", str(paid.order_id))["cash_receipts"] == 1


def test_old_receipts_of_sales_elsewhere_are_reached(db, iamport_sandbox, settings, later):
    settings.IAMPORT_CHANNEL_KEY = LIVE_KEY
    receipts.issue_external(11_000, PHONE, name="Mr Kim's jar", reference="Kim 1")
    later(days=6 * 366)
    assert erase("--expired")["cash_receipts"] == 1
    assert (stored().name, stored().reference, stored().amount) == ("", "", 11_000)


def test_somebody_s_own_hand_keeps_the_role_alone(paid, django_user_model):
    user = django_user_model.objects.create_user("kim")
    receipts.issue(paid, PHONE, by=f"customer:{user.pk}")
    assert erase("--user", str(user.pk))["cash_receipts"] == 1
    assert stored().by == "customer"


def test_the_number_is_in_no_log_line_and_no_error(paid, iamport_sandbox, caplog):
    caplog.set_level(logging.DEBUG)
    iamport_sandbox.fail_next("receipts.issue", body={"code": -1, "message": PHONE, "response": None})
    with pytest.raises(Exception, match="declined") as refused:
        receipts.issue(paid, PHONE)
    told = f"{caplog.text} {refused.value!r} {refused.value} {[*CashReceipt.objects.values()]}"
    assert "12345678" not in told.replace("-", "")


@pytest.mark.parametrize("place", [(CashReceipt, "save_base"), (Adapter, "send"), (CashReceipt, "store")])
def test_the_number_is_in_no_error_report(paid, monkeypatch, place):
    monkeypatch.setattr(*place, broken)
    with pytest.raises(BrokenHook) as failure:
        receipts.issue(paid, PHONE)
    report = values_in_djangos_report(failure.value)
    assert "func_args" in report
    assert [number for number in (PHONE, PHONE.replace("-", "")) if number in report] == []
