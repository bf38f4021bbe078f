"""One request to the REST API, whoever carries it."""

from collections.abc import Mapping

from ..api import Answer, dispatch, operation_of
from ..rules import Account
from . import faults
from .faults import Connection


def answer(
    account: Account,
    connection: Connection,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    """As `dispatch` does, with what the console wants to go wrong."""

    def work() -> Answer:
        return dispatch(account, method, path, query, headers, body)

    return faults.answer_unless_faulty(account.store, operation_of(method, path), work, connection)
