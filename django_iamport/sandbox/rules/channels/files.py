"""Channels in a file: TOML from Python 3.11 on, JSON everywhere."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .catalog import Catalog
from .channel import Channel
from .defaults import DEFAULTS
from .kept import of_dicts

NAMES = ("channels", "keep_defaults")


def load(path: Path) -> tuple[Channel, ...]:
    """The channels that the file describes; with `keep_defaults` the usual ones stand behind them.

    Raises ValueError for a file that holds no channels, saying what is wrong, OSError for one that can't be read.
    """
    return of_document(_parsed(path))


def of_document(document: Any) -> tuple[Channel, ...]:
    """Of the file's content, or of a bare list of channels. Raises ValueError, saying what is wrong."""
    if not isinstance(document, Mapping):
        document = {"channels": document}
    if unknown := [str(name) for name in document if name not in NAMES]:
        raise ValueError(f"{', '.join(unknown)}: a channel file has {' and '.join(NAMES)}")
    channels = of_dicts(document.get("channels"))
    if document.get("keep_defaults") is True:
        given = {channel.key for channel in channels}
        channels += [channel for channel in DEFAULTS if channel.key not in given]
    return Catalog(channels).channels


def _parsed(path: Path) -> Any:
    content = path.read_bytes()
    if path.suffix == ".json":
        return json.loads(content)
    if sys.version_info < (3, 11):
        raise ValueError(
            "TOML is read from Python 3.11 on; write the same as JSON, in a file that ends in .json"
        )
    import tomllib

    return tomllib.loads(content.decode())
