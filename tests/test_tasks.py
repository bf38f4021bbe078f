"""A queue does the webhook's work: the same entrance, the hint stored first, and nothing lost without it."""

import socket
import threading
import uuid
from importlib import import_module

import django
import pytest
from django.test import Client
from django.urls import reverse

from django_iamport import tasks
from django_iamport.webhooks import intake
from tests.shop.models import OrderTransaction

pytestmark = pytest.mark.on_each_pair

HERE = f"{__name__}."
taken = []


def queue_of_the_shop(merchant_uid, imp_uid):
    taken.append((merchant_uid, imp_uid, OrderTransaction.objects.get().backlog_code))


def queue_that_is_down(merchant_uid, imp_uid):
    raise ConnectionError


@pytest.fixture(autouse=True)
def _nothing_taken():
    taken.clear()


@pytest.fixture
def bring(attempt, iamport_sandbox, settings):
    def bring(queue):
        settings.IAMPORT_WEBHOOK_QUEUE = queue
        imp_uid = iamport_sandbox.pay(attempt)
        iamport_sandbox.reset_calls()
        body = {"imp_uid": imp_uid, "merchant_uid": attempt.merchant_uid}
        response = Client().post(reverse("iamport:webhook"), body, "application/json")
        return response.status_code, response.json()["status"]

    return bring


def stored():
    return OrderTransaction.objects.get()


def test_the_hint_is_stored_before_the_queue_gets_it(bring, iamport_sandbox):
    assert bring(HERE + "queue_of_the_shop") == (200, "queued")
    ((merchant_uid, imp_uid, known_before),) = taken
    assert known_before == "noticed"
    assert iamport_sandbox.calls == []
    assert intake.process(merchant_uid, imp_uid) == "stored"
    assert (stored().status, stored().backlog_since) == ("paid", None)
    assert len(iamport_sandbox.calls) == 1


def test_a_worker_that_loses_a_job_leaves_it_to_sync(bring):
    bring(HERE + "queue_of_the_shop")
    assert stored().backlog_code == "noticed"


def test_a_queue_that_is_down_loses_nothing(bring, caplog):
    assert bring(HERE + "queue_that_is_down") == (200, "stored")
    assert stored().status == "paid"
    assert "queue_that_is_down could not take a webhook" in caplog.text


@pytest.mark.skipif(django.VERSION < (6, 0), reason="django.tasks came with Django 6.0")
def test_djangos_immediate_backend_does_the_work_at_once(bring):
    assert bring("django_iamport.tasks.queue_in_django") == (200, "queued")
    assert (stored().status, stored().backlog_since) == ("paid", None)


@pytest.mark.skipif(django.VERSION < (6, 0), reason="django.tasks came with Django 6.0")
def test_a_job_of_djangos_that_fails_is_left_to_sync(bring, iamport_sandbox):
    iamport_sandbox.fail_next("payments.find", status=500)
    assert bring("django_iamport.tasks.queue_in_django") == (200, "queued")
    assert stored().backlog_code == "gateway_unexpected_answer"


def _leave_logging_alone(**kwargs):
    """Celery sets up no logging where this receiver is connected."""


@pytest.fixture
def celery_app():
    """A shop's Celery with a queue of its own in Redis."""
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=1).close()
    except OSError:
        pytest.skip("no Redis answers on 127.0.0.1:6379")
    celery = pytest.importorskip("celery")
    # A worker would set the level of all loggers, for the tests after this one as well.
    import_module("celery.signals").setup_logging.connect(_leave_logging_alone)
    app = celery.Celery("shop", broker="redis://127.0.0.1:6379/0", set_as_current=True)
    app.conf.task_default_queue = f"iamport-tests-{uuid.uuid4().hex}"
    yield app
    with app.connection_for_write() as connection:
        connection.default_channel.queue_delete(app.conf.task_default_queue)
    app.close()


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_of_celerys_takes_the_notice_from_redis(bring, celery_app):
    from celery.contrib.testing.worker import start_worker
    from celery.signals import task_postrun

    # Not by looking into the database: SQLite in memory lets only one thread at it.
    done = threading.Event()
    task_postrun.connect(lambda **_: done.set(), weak=False, dispatch_uid="test")
    assert bring("django_iamport.tasks.queue_in_celery") == (200, "queued")
    assert stored().status == "ready"
    with start_worker(celery_app, perform_ping_check=False, pool="solo"):
        assert done.wait(timeout=60)
    assert (stored().status, stored().backlog_since) == ("paid", None)


def test_a_job_is_done_with_either_id_and_with_nobody_elses(attempt, iamport_sandbox, settings):
    imp_uid = iamport_sandbox.pay(attempt)
    assert tasks.process_webhook("", imp_uid) == "stored"
    attempt.refresh_from_db()
    assert attempt.status == "paid"
    settings.IAMPORT_MERCHANT_UID_PREFIX = "other"
    assert tasks.process_webhook(attempt.merchant_uid, imp_uid) == "ignored"
