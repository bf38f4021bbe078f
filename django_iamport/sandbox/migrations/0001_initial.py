from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("key", models.CharField(max_length=80)),
                ("imp_uid", models.CharField(max_length=40, null=True)),
                ("merchant_uid", models.CharField(max_length=40, null=True)),
                ("customer_uid", models.CharField(max_length=80, null=True)),
                ("status", models.CharField(max_length=16, null=True)),
                ("started_at", models.BigIntegerField(default=0)),
                ("paid_at", models.BigIntegerField(default=0)),
                ("updated_at", models.BigIntegerField(default=0)),
                ("status_at", models.BigIntegerField(default=0)),
                ("schedule_at", models.BigIntegerField(default=0)),
                ("document", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["kind", "imp_uid"], name="iamport_san_kind_1e6efd_idx"),
                    models.Index(fields=["kind", "merchant_uid"], name="iamport_san_kind_7a8c08_idx"),
                    models.Index(fields=["kind", "customer_uid"], name="iamport_san_kind_7c910a_idx"),
                    models.Index(fields=["kind", "started_at"], name="iamport_san_kind_0fe1bb_idx"),
                    models.Index(fields=["kind", "status_at"], name="iamport_san_kind_3675ed_idx"),
                    models.Index(fields=["kind", "status", "status_at"], name="iamport_san_kind_13749d_idx"),
                    models.Index(
                        fields=["kind", "status", "schedule_at"], name="iamport_san_kind_dd58a9_idx"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "key"), name="iamport_sandbox_record_key")
                ],
            },
        ),
    ]
