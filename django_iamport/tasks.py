"""The work of the webhook as a job of a queue that the shop has.

`IAMPORT_WEBHOOK_QUEUE` names `queue_in_django`, `queue_in_celery`, or a function of the shop's own that takes the
same two texts and returns once its queue has them. Celery's workers find the job because this module is called
`tasks`.
"""

from __future__ import annotations

from django_iamport.exceptions import IamportError
from django_iamport.webhooks import intake

__all__ = ["process_webhook", "queue_in_celery", "queue_in_django"]


def process_webhook(merchant_uid: str, imp_uid: str) -> str:
    """Ask the gateway about one notice, at once: what a queue's worker does. Either id may be empty.

    Answers `stored`, or `ignored` where it is none of this shop's business. Raises `GatewayError` and what else
    `TransactionManager.confirm` raises; the queue may repeat it, and `iamport_sync` does in any case.
    """
    return intake.process(merchant_uid, imp_uid)


try:
    from django.tasks import task
except ImportError:  # Django 5.2
    pass
else:
    process_in_django = task(process_webhook)

try:
    from celery import shared_task
except ImportError:
    pass
else:
    process_in_celery = shared_task(
        process_webhook,
        name="django_iamport.process_webhook",
        ignore_result=True,
        autoretry_for=(IamportError,),
        retry_backoff=5,
        max_retries=5,
    )


def queue_in_django(merchant_uid: str, imp_uid: str) -> None:
    """Hand a notice to the backend in `TASKS` (Django 6.0 or later)."""
    process_in_django.enqueue(merchant_uid, imp_uid)


def queue_in_celery(merchant_uid: str, imp_uid: str) -> None:
    """Hand a notice to Celery (`pip install django-iamport-checkout[celery]`)."""
    process_in_celery.delay(merchant_uid, imp_uid)
