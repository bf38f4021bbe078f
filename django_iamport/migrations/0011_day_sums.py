import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("django_iamport", "0010_desk_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="DaySums",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("version", models.UUIDField(default=uuid.uuid4)),
                ("sums", models.JSONField(null=True)),
                ("added_up_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
