"""What became of a call whose answer was lost is learnt by `iamport_sync`, without anybody's asking."""

from datetime import timedelta

import pytest

from django_iamport import reconciliation
from django_iamport.contrib.escrow import deliveries
from django_iamport.contrib.escrow.exceptions import DeliveryRefused
from django_iamport.contrib.escrow.models import Delivery
from django_iamport.exceptions import OutcomeUnknown
from django_iamport.models import History
from tests.contrib.escrow.conftest import PARCEL, RECEIVER, stored


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


@pytest.mark.database
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


@pytest.mark.database
def test_what_was_never_registered_is_told_to_somebody(lose, paid, later):
    lose(timeout=True)
    assert sync().unfinished == [(paid.merchant_uid, "outcome_unknown")]
    assert stored().status == "unknown"
    later(minutes=11)
    assert sync().unfinished == [(paid.merchant_uid, "delivery_not_found")]
    assert stored().status == "refused"


@pytest.mark.database
def test_what_went_back_needs_no_delivery_and_nobody(lose, paid, iamport_sandbox, later):
    lose(timeout=True)
    iamport_sandbox.cancel_in_console(paid.imp_uid)
    later(minutes=11)
    assert sync().is_clean
    assert stored().status == "refused"


@pytest.mark.database
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


@pytest.mark.database
def test_what_is_not_this_shops_is_left_alone(lose, iamport_sandbox, settings):
    lose(after=True)
    settings.IAMPORT_MERCHANT_UID_PREFIX = "other"
    settings.IAMPORT_FORMER_PREFIXES = ()
    sync()
    assert not [call for call in iamport_sandbox.calls if "escrows" in call]


@pytest.mark.database
def test_a_delivery_whose_payment_is_gone_holds_nobody_up(lose, paid):
    lose(after=True)
    Delivery.objects.update(merchant_uid=f"{paid.merchant_uid[:-4]}gone")
    sync()
    assert stored().status == "unknown"


@pytest.fixture
def wait(later, iamport_sandbox):
    """Both clocks go on."""

    def wait(**span):
        later(**span)
        iamport_sandbox.tick(**span)

    return wait


REFUSALS = [
    (400, "gateway_refused", "현재 지원되지 않는 PG사입니다."),
    (404, "gateway_not_found", ""),
]


@pytest.mark.parametrize(("status", "code", "words"), REFUSALS)
def test_a_look_up_that_is_always_refused_ends_with_somebody(
    lose, paid, iamport_sandbox, wait, status, code, words
):
    lose(timeout=True)
    refused = {"status": status, "body": {"code": -1, "message": words, "response": None}}
    iamport_sandbox.fail_next("escrow.find", times=3, **refused)
    assert sync().unfinished == [(paid.merchant_uid, code)]
    wait(hours=23)
    assert sync().unfinished == [(paid.merchant_uid, code)]
    assert stored().status == "unknown"
    wait(hours=25)
    report = sync()
    assert (report.unfinished, report.exit_code) == ([(paid.merchant_uid, "delivery_not_told")], 4)
    assert (stored().status, stored().code, stored().gateway_message) == (
        "refused",
        "delivery_not_told",
        words,
    )
    assert [*Delivery.objects.needing_somebody()] == [stored()]
    assert sync().is_clean


def test_what_could_not_be_looked_up_is_registered_again(lose, paid, iamport_sandbox, wait):
    lose(timeout=True)
    iamport_sandbox.fail_next("escrow.find", status=404)
    wait(days=2)
    sync()
    deliveries.register(paid, receiver=RECEIVER, **PARCEL)
    assert (stored().status, stored().code) == ("registered", "")


def test_registered_again_and_there_already_it_is_refused_in_the_companys_words(
    lose, paid, iamport_sandbox, wait
):
    lose(after=True)
    iamport_sandbox.fail_next("escrow.find", status=404, times=2)
    wait(days=2)
    sync()
    with pytest.raises(DeliveryRefused):
        deliveries.register(paid, receiver=RECEIVER, **PARCEL)
    assert (stored().status, stored().code) == ("refused", "gateway_conflict")
    assert sync().is_clean
