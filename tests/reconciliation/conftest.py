from datetime import timedelta

import pytest
from django.utils import timezone

from django_iamport.models import SyncCursor
from django_iamport.reconciliation import shop_records
from tests.shop.models import OrderTransaction


@pytest.fixture
def begin(make_order, iamport_sandbox):
    return lambda **fields: OrderTransaction.objects.create_new(make_order(**fields))


@pytest.fixture
def unlisted(monkeypatch, db):
    """Another process reads the lists, which don't cover our attempts: these are looked up, three at a time."""
    now = timezone.now()
    SyncCursor.objects.create(
        part="payments", position=now.isoformat(), leased_until=now + timedelta(hours=1)
    )
    monkeypatch.setattr(shop_records, "BATCH", 3)
