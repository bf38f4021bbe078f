"""Whose hand it was, as the desk shows it: rows hold a role and a key, and the name is looked up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

ROLES: dict[str, str | Promise] = {
    "customer": pgettext_lazy("desk", "customer"),
    "operator": pgettext_lazy("desk", "operator"),
}


def in_words(hands: Iterable[str]) -> dict[str, str]:
    """The name of each operator, `operator 12` where there is no such user (any more), other texts as they are.

    One query for all of them.
    """
    found = {hand: hand.partition(":") for hand in {*hands}}
    users = _users(key for role, _colon, key in found.values() if role == "operator" and key)
    return {hand: _in_words(role, key, users.get(key)) for hand, (role, _colon, key) in found.items()}


def _in_words(role: str, key: str, user: Any) -> str:
    if user is not None and role == "operator":
        return str(user.get_full_name() if hasattr(user, "get_full_name") else "") or str(user.get_username())
    if role in ROLES:
        return f"{ROLES[role]} {key}".rstrip()
    return f"{role}:{key}" if key else role


def _users(keys: Iterable[str]) -> dict[str, Any]:
    model = get_user_model()
    wanted = []
    for key in keys:
        try:
            wanted.append(model._meta.pk.to_python(key))
        except ValidationError:
            # A key of the shop's own, which no user has.
            continue
    users = model._base_manager.filter(pk__in=wanted) if wanted else ()
    return {str(user.pk): user for user in users}
