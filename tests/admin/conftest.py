import pytest
from django.contrib.auth.models import User


@pytest.fixture
def boss(client, db):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.pay(attempt))


@pytest.fixture
def rejected(attempt, iamport_sandbox, confirm, settings):
    """50,000 won that came after the order had changed, and that no rule returns."""
    settings.IAMPORT_AUTO_CANCEL = ()
    type(attempt.order).objects.filter(pk=attempt.order_id).update(amount=60_000)
    return confirm(attempt, iamport_sandbox.pay(attempt))
