from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0002_erased_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="refunded_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
    ]
