"""What became of a call whose answer was lost is learnt by `iamport_sync`, without anybody's asking."""

from datetime import timedelta

import pytest

from django_iamport import reconciliation
from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.exceptions import OutcomeUnknown
from django_iamport.models import History
from tests.contrib.escrow.conftest import PARCEL, RECEIVER, stored

pytestmark = pytest.mark.database


def sync(**options):
    return reconciliation.sync(max_age=timedelta(days=30), **options)


@pytest.fixture
def lose(paid, iamport_sandbox):
    """Register a delivery, whose answer is lost; `after` the gateway did it, or before."""

    def lose(**fault):
        iamport_sandbox.fail_next("escrow.register", **fault)
        with pytest.raises(OutcomeUnknown):
            deliveries.register(paid, receiver=RECEIVER, **PARCEL)
        iamport_sandbox.reset_calls()

    return lose


def test_a_lost_answer_is_settled(lose):
    lose(after=True)
    assert sync().is_clean
    assert (stored().status, stored().receiver["name"]) == ("registered", "김지은")
    assert History.objects.get(event="delivery_registered").source == "sync"


def test_a_worker_that_died_is_settled_once_its_call_is_over(registered, iamport_sandbox, later):
    Delivery.objects.update(status="sent")
    look_up = f"GET /escrows/logis/{registered.imp_uid}"
    sync()
    assert look_up not in iamport_sandbox.calls
    later(minutes=2)
    sync()
    assert look_up in iamport_sandbox.calls
    later(minutes=11)
    sync()
    assert stored().status == "registered"


def test_what_was_never_registered_is_told_to_somebody(lose, paid, later):
    lose(timeout=True)
    assert sync().unfinished == [(paid.merchant_uid, "outcome_unknown")]
    assert stored().status == "unknown"
    later(minutes=11)
    assert sync().unfinished == [(paid.merchant_uid, "delivery_not_found")]
    assert stored().status == "refused"


def test_what_went_back_needs_no_delivery_and_nobody(lose, paid, iamport_sandbox, later):
    lose(timeout=True)
    iamport_sandbox.cancel_in_console(paid.imp_uid)
    later(minutes=11)
    assert sync().is_clean
    assert stored().status == "refused"


def test_a_dry_run_stores_nothing(lose, iamport_sandbox):
    lose(after=True)
    said = []
    sync(dry_run=True, say=said.append)
    assert stored().status == "unknown"
    assert any("delivery unknown" in line for line in said)


def test_a_gateway_that_is_away_leaves_it_for_the_next_run(lose, paid, iamport_sandbox):
    lose(after=True)
    iamport_sandbox.fail_next("escrow.find", timeout=True, times=2)
    assert (paid.merchant_uid, "gateway_timeout") in sync().unfinished
    assert sync().is_clean


def test_what_is_not_this_shops_is_left_alone(lose, iamport_sandbox, settings):
    lose(after=True)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "other"
    settings.IAMPORT_FORMER_PREFIXES = ()
    sync()
    assert not [call for call in iamport_sandbox.calls if "escrows" in call]


def test_a_delivery_whose_payment_is_gone_holds_nobody_up(lose, paid):
    lose(after=True)
    Delivery.objects.update(merchant_uid=f"{paid.merchant_uid[:-4]}gone")
    sync()
    assert stored().status == "unknown"
