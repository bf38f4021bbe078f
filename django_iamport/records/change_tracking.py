"""Telling a column that was assigned from one that is merely stale."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from .write_database import RefreshedWhereWritten

if sys.version_info >= (3, 11):
    from typing import Self
else:
    # Django's own requirements bring it there.
    from typing_extensions import Self

_MISSING = object()


class LoadedColumns(RefreshedWhereWritten):
    """Remembers some columns as they were loaded, so that a late `save()` of an old copy can leave them out."""

    loaded_columns: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        row._remember(cls.loaded_columns)
        return row

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        fields = kwargs.get("fields") or (args[1] if len(args) > 1 else None)
        self._remember(self.loaded_columns if fields is None else self.loaded_columns.intersection(fields))

    def loaded(self, name: str) -> Any:
        """The column as it was loaded or last written; None where it wasn't."""
        return self.__dict__.get("_loaded", {}).get(name)

    def _remember(self, names: Collection[str]) -> None:
        loaded: dict[str, Any] = self.__dict__.setdefault("_loaded", {})
        loaded.update({name: self.__dict__[name] for name in names if name in self.__dict__})

    def _assigned(self, update_fields: Iterable[str] | None) -> set[str]:
        names = (
            self.loaded_columns if update_fields is None else self.loaded_columns.intersection(update_fields)
        )
        loaded = self.__dict__.get("_loaded", {})
        return {n for n in names if n in self.__dict__ and loaded.get(n, _MISSING) != self.__dict__[n]}

    def _columns_without(self, left_out: Collection[str], update_fields: Iterable[str] | None) -> list[str]:
        """What a save writes: the given fields or all that are loaded, but not `left_out`."""
        if update_fields is not None:
            return [name for name in update_fields if name not in left_out]
        return [
            field.name
            for field in self._meta.concrete_fields
            if not field.primary_key and field.attname in self.__dict__ and field.name not in left_out
        ]
