"""The account's channels, as JSON in the words of a channel file."""

from django.http import HttpRequest

from ..rules import Account
from ..rules.channels import kept
from .views import Values, answers


@answers("GET", "PUT", "DELETE")
def channels(request: HttpRequest, account: Account, values: Values) -> Values:
    """The account's channels; PUT gives it others, DELETE the configured ones again."""
    if request.method == "PUT":
        if set(values) != {"channels"}:
            raise ValueError('send {"channels": [{"pg": "kakaopay", "mid": "TC0ONETIME"}]}')
        with account.store.exclusive():
            kept.change(account.store, values["channels"])
    elif request.method == "DELETE":
        with account.store.exclusive():
            kept.forget(account.store)
    return {"channels": account.channels.as_dicts()}
