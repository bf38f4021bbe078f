from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0002_when_paid_when_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookingtransaction",
            name="channel_name",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="rentaltransaction",
            name="channel_name",
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
    ]
