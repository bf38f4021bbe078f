from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("iamport_sandbox", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="record",
            name="iamport_san_kind_3675ed_idx",
        ),
        migrations.RemoveIndex(
            model_name="record",
            name="iamport_san_kind_13749d_idx",
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=["kind", "status_at", "started_at", "paid_at", "updated_at"],
                name="iamport_san_kind_52b081_idx",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                fields=["kind", "status", "status_at", "started_at", "paid_at", "updated_at"],
                name="iamport_san_kind_eca308_idx",
            ),
        ),
    ]
