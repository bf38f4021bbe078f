from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0005_when_paid_when_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="ordertransaction",
            name="channel_name",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="tickettransaction",
            name="channel_name",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
    ]
