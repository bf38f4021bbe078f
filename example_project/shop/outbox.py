"""Mail to customers: a row that is stored with the payment, sent by a job (`manage.py send_mails`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mail(models.Model):
    to = models.EmailField(_("E-mail"))
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    created = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")

    def __str__(self) -> str:
        return self.subject
