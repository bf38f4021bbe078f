"""The account's channels: those that were configured, until somebody changes them."""

from collections.abc import Sequence
from typing import Any

from ...state.stores import Store
from .catalog import Catalog
from .channel import Channel, of_dict

KIND = "channels"


def read(store: Store, configured: Sequence[Channel]) -> Catalog:
    """What was changed; else what is configured."""
    row = store.get(KIND, KIND)
    return Catalog(configured if row is None else of_dicts(row["channels"]))


def change(store: Store, channels: Any) -> Catalog:
    """Other channels from now on, as a file describes them. Raises ValueError, saying what is wrong."""
    catalog = Catalog(of_dicts(channels))
    store.put(KIND, KIND, {"channels": catalog.as_dicts()})
    return catalog


def forget(store: Store) -> None:
    """The configured ones again."""
    store.delete(KIND, KIND)


def of_dicts(values: Any) -> list[Channel]:
    """The channels that a list describes. Raises ValueError, saying what is wrong where."""
    if not isinstance(values, list | tuple) or not values:
        raise ValueError("channels: must be a list of at least one channel")
    channels = []
    for number, each in enumerate(values, start=1):
        try:
            channels.append(of_dict(each))
        except ValueError as problem:
            raise ValueError(f"channel {number}: {problem}") from None
    return channels
