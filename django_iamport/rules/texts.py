"""Texts of other people, as every database takes them."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without what some databases refuse: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode(errors="ignore").decode()
