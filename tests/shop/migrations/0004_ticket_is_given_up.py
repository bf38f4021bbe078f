from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0003_refunded_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket", name="is_given_up", field=models.BooleanField(default=False)
        ),
    ]
