"""Errors as Django raises them where the database itself is busy."""

import sqlite3

from django.db import OperationalError, connection


class ServerError(Exception):
    """As a driver's: with PostgreSQL's code of it where there is one."""

    def __init__(self, *args, sqlstate=None):
        super().__init__(*args)
        if sqlstate is not None:
            self.sqlstate = sqlstate


CAUSES = {
    "postgresql": ServerError("deadlock detected", sqlstate="40P01"),
    "mysql": ServerError(1213, "Deadlock found when trying to get lock"),
    "sqlite": sqlite3.OperationalError("database is locked"),
}


def busy(vendor=None):
    error = OperationalError("as the driver says it")
    error.__cause__ = CAUSES[vendor or connection.vendor]
    return error
