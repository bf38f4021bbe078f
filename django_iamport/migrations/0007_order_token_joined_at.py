from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_iamport", "0006_refund_account_given"),
    ]

    operations = [
        migrations.AddField(model_name="ordertoken", name="joined_at", field=models.DateTimeField(null=True)),
    ]
