"""Notices that tell more than that something changed: apps that only some shops have listen for theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from django_iamport import conf
from django_iamport.models import AbstractTransaction
from django_iamport.models.registry import find_attempt

# Takes the attempt, the `imp_uid` and the `extra` that the notice names.
Listener: TypeAlias = Callable[[AbstractTransaction, str, Mapping[str, Any]], None]

_listeners: dict[str, Listener] = {}

# Takes a number of ours that is no attempt's, and answers whether it is of the app's; by the app's name.
Taker: TypeAlias = Callable[[str], bool]

_takers: dict[str, Taker] = {}


def listen(event: str, listener: Listener) -> None:
    """Called in an app's `ready`. Anybody can send a notice: the listener makes sure of all that it believes."""
    _listeners[event] = listener


def hear(event: str, merchant_uid: str, imp_uid: str, extra: object) -> None:
    """Tell whoever listens to such a notice of an attempt of ours; raises what it raises."""
    listener = _listeners.get(event)
    if listener is None or not merchant_uid or not imp_uid or not isinstance(extra, Mapping):
        return
    attempt = find_attempt(merchant_uid)
    if attempt is not None and conf.owns(attempt.gateway_merchant_uid):
        listener(attempt, imp_uid, extra)


def take(name: str, taker: Taker) -> None:
    """Called in an app's `ready`. A notice is a hint: the taker asks the gateway, within a budget of its own."""
    _takers[name] = taker


def is_taken(merchant_uid: str) -> bool:
    """Tell the apps of a number of ours that is no attempt's; raises what they raise."""
    return conf.owns(merchant_uid) and any(taker(merchant_uid) for taker in _takers.values())
