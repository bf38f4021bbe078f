"""The work of the webhook as a job of a queue that the shop has.

`IAMPORT_WEBHOOK_QUEUE` names `queue_in_django`, `queue_in_celery`, or a function of the shop's own that takes the
same two texts and returns once its queue has them. Celery's workers find the job because this module is called
`tasks`.
"""

from __future__ import annotations

from django_iamport.exceptions import IamportError
from django_iamport.webhooks import intake

try:
    from django.tasks import task
except ImportError:  # Django 5.2
    pass
else:
    ask_in_django = task(intake.ask)

try:
    from celery import shared_task
except ImportError:
    pass
else:
    ask_in_celery = shared_task(
        intake.ask,
        name="django_iamport.ask",
        ignore_result=True,
        autoretry_for=(IamportError,),
        retry_backoff=5,
        max_retries=5,
    )


def queue_in_django(merchant_uid: str, imp_uid: str) -> None:
    """Hand a notice to the backend in `TASKS` (Django 6.0 or later)."""
    ask_in_django.enqueue(merchant_uid, imp_uid)


def queue_in_celery(merchant_uid: str, imp_uid: str) -> None:
    """Hand a notice to Celery (`pip install django-iamport-checkout[celery]`)."""
    ask_in_celery.delay(merchant_uid, imp_uid)
