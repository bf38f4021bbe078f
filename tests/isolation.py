"""Isolation levels, as a server, a role or a shop's settings give them to every connection."""

import pytest
from django.db import connection, connections

LEVELS = ("read committed", "repeatable read", "serializable")


def set_level(level):
    """Every connection that is opened from now on has the level; answers what there was before."""
    options = connections.settings["default"]["OPTIONS"]
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one level: writers follow one another")
    if connection.vendor == "postgresql":
        # Of a server's or role's default Django knows nothing.
        own = {"options": f"-c default_transaction_isolation={level.replace(' ', chr(92) + ' ')}"}
    else:
        own = {"isolation_level": level}
    connections.settings["default"]["OPTIONS"] = {**options, **own}
    connection.close()
    connection.settings_dict["OPTIONS"] = connections.settings["default"]["OPTIONS"]
    return options


def restore(options):
    connections.settings["default"]["OPTIONS"] = connection.settings_dict["OPTIONS"] = options
    connection.close()
