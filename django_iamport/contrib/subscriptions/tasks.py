"""The clock as a job of the queue that the shop has: however many run it at once, a period is charged once.

Celery's workers find the job because this module is called `tasks`.
"""

from __future__ import annotations

from typing import Any

from .clock import renew

__all__ = ["renew_in_queue"]


def renew_in_queue() -> dict[str, Any]:
    """One run of `iamport_renew`; answers its report in plain values. A queue's own timetable calls it."""
    return renew().as_dict()


try:
    from django.tasks import task
except ImportError:  # Django 5.2
    pass
else:
    renew_in_django = task(renew_in_queue)

try:
    from celery import shared_task
except ImportError:
    pass
else:
    renew_in_celery = shared_task(renew_in_queue, name="django_iamport.renew", ignore_result=True)
