from typing import Any

from django.core.mail import send_mail
from django.core.management.base import BaseCommand
from django.utils import timezone

from shop.outbox import Mail


class Command(BaseCommand):
    help = "Sends what customers are to be told; by cron every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        for mail in Mail.objects.filter(sent_at=None).order_by("pk"):
            send_mail(mail.subject, mail.text, None, [mail.to])
            Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now())
