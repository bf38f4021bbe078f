"""Whose hand it was: a role and a key (`customer`, `operator:12`), never a name or an address."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib.auth import get_user_model
from django.db.models import Model

from django_iamport.exceptions import ByInvalid

LONGEST = 150


class SomeUser(Protocol):
    """What is read of a user of whichever model, and of one who isn't logged in."""

    @property
    def pk(self) -> Any: ...
    @property
    def is_authenticated(self) -> bool: ...


By = str | SomeUser


def hand_of(by: By) -> str:
    """What is stored of `by`: a user object becomes a role and a key, a key of the shop's own stays.

    Staff are operators, others customers. Raises `ByInvalid` for anything else, and for text with `@` or spaces:
    usernames and mail addresses are names of persons.
    """
    if isinstance(by, str):
        if len(by) > LONGEST or not by.isprintable() or any(sign.isspace() or sign in "@＠" for sign in by):
            raise ByInvalid(
                "by takes a user object, or a key without @ and spaces of at most 150 characters."
            )
        return by
    if not hasattr(by, "pk") or not hasattr(by, "is_authenticated") or _is_of_another_model(by):
        raise ByInvalid(f"by takes a user object or a key, not {type(by).__name__}.")
    return operator(by) if getattr(by, "is_staff", False) else customer(by)


def _is_of_another_model(by: SomeUser) -> bool:
    """A profile's key would be that of some other user."""
    return isinstance(by, Model) and by._meta.concrete_model is not get_user_model()._meta.concrete_model


def operator(user: SomeUser) -> str:
    """Somebody at the shop's desk: `operator:12`."""
    return f"operator:{user.pk}"


def customer(user: SomeUser | None) -> str:
    """Somebody on the shop's pages: `customer:12`, or `customer` for a guest."""
    return f"customer:{user.pk}" if user is not None and user.is_authenticated else "customer"
