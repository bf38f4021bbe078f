"""The gateway's state: one table, whose rows are JSON documents beside the names they are found by."""

from django.db import models

OF_A_PERIOD = ("status_at", "started_at", "paid_at", "updated_at")


class Record(models.Model):
    """A payment, prepared amount, billing key, schedule, webhook or the like, distinguished by `kind`."""

    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=80)
    imp_uid = models.CharField(max_length=40, null=True)
    merchant_uid = models.CharField(max_length=40, null=True)
    customer_uid = models.CharField(max_length=80, null=True)
    status = models.CharField(max_length=16, null=True)
    started_at = models.BigIntegerField(default=0)
    paid_at = models.BigIntegerField(default=0)
    updated_at = models.BigIntegerField(default=0)
    status_at = models.BigIntegerField(default=0)
    schedule_at = models.BigIntegerField(default=0)
    document = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="iamport_sandbox_record_key")]
        indexes = [
            models.Index(fields=["kind", "imp_uid"]),
            models.Index(fields=["kind", "merchant_uid"]),
            models.Index(fields=["kind", "customer_uid"]),
            models.Index(fields=["kind", "started_at"]),
            # With what the payments of a period are sorted by: those before a page are not read.
            models.Index(fields=["kind", *OF_A_PERIOD]),
            models.Index(fields=["kind", "status", *OF_A_PERIOD]),
            models.Index(fields=["kind", "status", "schedule_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
