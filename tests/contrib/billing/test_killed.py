"""A process that ends in the middle of a charge: the next one finds out, and charges once."""

import pytest

from django_iamport import signals
from django_iamport.contrib.billing.exceptions import ChargeUnknown
from tests.shop.models import OrderTransaction


class Killed(BaseException):
    """The process ends here: nothing of it goes on, not even its error handling."""


def kill(*args, **kwargs):
    raise Killed


POINTS = ["billing_keys.find", "subscribe.again", "payments.find", "before the call", "while it is stored"]


@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_anywhere_has_charged_at_most_once_and_the_next_one_goes_on(
    key, order, iamport_sandbox, later, receive, monkeypatch, charged_at_the_gateway, point
):
    with monkeypatch.context() as patched:
        if point == "before the call":
            patched.setattr("django_iamport.gateway.billing_keys.charge", kill)
        elif point == "while it is stored":
            patched.setattr(signals.payment_paid, "send", kill)
        else:
            iamport_sandbox.meanwhile(point, kill)
        with pytest.raises(Killed):
            key.charge(order)
    assert charged_at_the_gateway() in (0, 50_000)
    try:
        paid = key.charge(order)
    except ChargeUnknown:
        later(minutes=11)
        paid = key.charge(order)
    order.refresh_from_db()
    assert (paid.status, order.status, charged_at_the_gateway()) == ("paid", "paid", 50_000)
    assert OrderTransaction.objects.count() == 1
