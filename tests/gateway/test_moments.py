"""Where `USE_TZ` is off, moments are stored as Django stores them there: without a zone, in `TIME_ZONE`."""

from datetime import datetime, timedelta, timezone

import pytest
from django.core.management import call_command
from django.utils import timezone as django_timezone

from django_iamport import checks
from django_iamport.gateway.moments import as_stored, aware
from django_iamport.models import Cancellation
from tests.shop.models import Order, OrderTransaction

pytestmark = pytest.mark.database

SEOUL = timezone(timedelta(hours=9))


@pytest.fixture(autouse=True)
def _without_zones(settings):
    settings.TIME_ZONE = "Asia/Seoul"
    settings.USE_TZ = False


def in_seoul(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, SEOUL).replace(tzinfo=None)


def test_a_payment_is_stored_with_the_moments_of_the_gateway(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.pay(attempt)
    confirm(attempt, imp_uid)
    row, order = OrderTransaction.objects.get(), Order.objects.get()
    told = in_seoul(iamport_sandbox.payment(imp_uid)["paid_at"])
    assert (row.status, row.paid_at, order.paid_at) == ("paid", told, told)
    assert abs(row.verified_at - datetime.now(SEOUL).replace(tzinfo=None)) < timedelta(minutes=1)


def test_so_are_its_refunds(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    row.cancel(10_000, reason="part")
    row.cancel(reason="the rest")
    told = iamport_sandbox.payment(row.imp_uid)
    assert [*Cancellation.objects.order_by("pk").values_list("cancelled_at", flat=True)] == [
        in_seoul(entry["cancelled_at"]) for entry in told["cancel_history"]
    ]
    assert (row.cancelled_at, Order.objects.get().refunded_at) == (in_seoul(told["cancelled_at"]),) * 2


def test_an_account_ends_when_it_is_due_in_korea(attempt, iamport_sandbox, confirm):
    imp_uid = iamport_sandbox.issue_account(attempt)
    due = datetime(2099, 12, 24, 23, 59, tzinfo=SEOUL)
    iamport_sandbox.edit(imp_uid, vbank_date=int(due.timestamp()))
    row = confirm(attempt, imp_uid)
    assert (row.is_awaiting_deposit, row.is_expired) == (True, False)
    assert row.get_vbank_due() == "2099-12-24 23:59 (KST)"

    past = django_timezone.now() - timedelta(hours=1)
    iamport_sandbox.edit(imp_uid, vbank_date=int(aware(past).timestamp()))
    assert confirm(attempt, imp_uid).fail_reason == "expired"


def test_a_due_moment_goes_to_the_gateway_as_it_is_meant(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.issue_account(attempt, channel="hecto"))
    due = (django_timezone.now() + timedelta(days=2)).replace(microsecond=0)
    row.change_account(vbank_due=due)
    assert row.vbank_date == due
    assert in_seoul(iamport_sandbox.payment(row.imp_uid)["vbank_date"]) == due


def test_what_is_stored_is_no_news_to_sync_and_lists_go_on_where_they_ended(
    make_order, iamport_sandbox, confirm
):
    for issue in (iamport_sandbox.issue_account, iamport_sandbox.pay, iamport_sandbox.decline):
        attempt = OrderTransaction.objects.create_new(make_order())
        confirm(attempt, issue(attempt))
    for _ in range(2):
        iamport_sandbox.reset_calls()
        call_command("iamport_sync", verbosity=0)
        assert [call for call in iamport_sandbox.calls if "/status/" not in call] == []


def test_a_payment_that_nobody_told_of_is_found_by_sync(attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    call_command("iamport_sync", "--since=2026-01-01T09:00", verbosity=0)
    assert OrderTransaction.objects.get().status == "paid"


def test_what_is_old_is_erased(attempt, iamport_sandbox, confirm, settings):
    confirm(attempt, iamport_sandbox.pay(attempt))
    long_ago = django_timezone.now() - timedelta(days=4_000)
    OrderTransaction._base_manager.update(created=long_ago, paid_at=long_ago)
    call_command("iamport_erase", expired=True, verbosity=0)
    assert OrderTransaction.objects.get().erased_at is not None


def test_that_it_is_off_is_a_note(settings):
    notes = [(note.id, note.level) for note in checks.check_settings()]
    assert notes == [("iamport.I019", 20)]
    settings.USE_TZ = True
    assert checks.check_settings() == []


@pytest.mark.parametrize("use_tz", [True, False])
def test_a_position_of_before_it_was_switched_is_understood(settings, use_tz):
    moment = datetime(2026, 11, 24, tzinfo=timezone.utc)
    settings.USE_TZ = use_tz
    for stored in (moment, moment.astimezone(SEOUL).replace(tzinfo=None)):
        assert as_stored(stored) < django_timezone.now() + timedelta(days=36_500)
        assert aware(as_stored(stored)) == moment
