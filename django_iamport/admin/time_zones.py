"""Whether a database can tell days in the project's time zone: MySQL and MariaDB only once zones were loaded."""

from __future__ import annotations

from django.conf import settings
from django.db import connections
from django.utils import timezone


def knows_time_zones(using: str) -> bool:
    """Where not, Django raises for the first moment that it is to group by day."""
    connection = connections[using]
    if connection.vendor != "mysql" or not settings.USE_TZ:
        return True
    zones = [connection.timezone_name, timezone.get_current_timezone_name()]
    if zones[0] == zones[1]:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONVERT_TZ('2026-01-01 00:00:00', %s, %s) IS NOT NULL", zones)
        return bool(cursor.fetchone()[0])
