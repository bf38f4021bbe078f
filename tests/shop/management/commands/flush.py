"""What ends a test whose transactions were real: Django's own command, for tests alone."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction

# Made with the database and the same for every test: to make them anew takes longer than to empty all else.
KEPT = {"django_content_type", "auth_permission"}


class Command(flush.Command):
    """Empties the few tables that hold rows; Django's truncates all, and tells every app that they are new."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        name = connection.ops.quote_name
        tables = [
            name(table) for table in connection.introspection.django_table_names(True) if table not in KEPT
        ]
        found = " UNION ALL ".join(
            f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {table})" for table in tables
        )
        with (
            connection.constraint_checks_disabled(),
            transaction.atomic(using=connection.alias),
            connection.cursor() as cursor,
        ):
            cursor.execute(found)
            for (table,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {table}")
