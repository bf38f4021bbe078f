"""Parameters of a REST request: JSON and form bodies read alike, malformed ones refused."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..rules import money
from ..rules.json_bodies import read_object, require_storable
from ..rules.refusals import wrong_parameter
from . import forms


class Parameters:
    """Values by name. Numbers may be texts in a form, where everything is text, but not in JSON."""

    def __init__(self, values: Mapping[str, Any], *, from_form: bool) -> None:
        self._values = values
        self._from_form = from_form

    @classmethod
    def of_body(cls, body: bytes, content_type: str) -> "Parameters":
        if not body:
            return cls({}, from_form=True)
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "application/x-www-form-urlencoded":
            return cls(_form(forms.read_query, body), from_form=True)
        if kind == "multipart/form-data":
            return cls(_form(forms.read_multipart, body, content_type), from_form=True)
        try:
            return cls(read_object(body), from_form=False)
        except ValueError:
            raise wrong_parameter() from None

    @classmethod
    def of_query(cls, query: str) -> "Parameters":
        return cls(_form(forms.read_query, query.encode()) if query else {}, from_form=True)

    def text(self, name: str, longest: int | None = None) -> str | None:
        value = self._values.get(name)
        if isinstance(value, list | dict) or (longest is not None and len(str(value)) > longest):
            raise wrong_parameter()
        return None if value is None or value == "" else str(value)

    def required(self, name: str, longest: int | None = None) -> str:
        value = self.text(name, longest)
        if value is None:
            raise wrong_parameter()
        return value

    def amount(self, name: str, currency: str = "USD") -> Decimal | None:
        """Decimal of the currency's main unit, None where it is missing."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        try:
            if self._from_form and isinstance(value, str):
                value = money.read_text(value)
            return money.read(value, currency)
        except ValueError:
            raise wrong_parameter() from None

    def whole(self, name: str, default: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit() or len(value) > 10:
            raise wrong_parameter()
        return int(value)

    def needed_whole(self, name: str) -> int:
        self.required(name)
        return self.whole(name, 0)

    def json_text(self, name: str) -> str | None:
        """A text as it is, anything else as JSON text."""
        value = self._values.get(name)
        if value is None or isinstance(value, str):
            return value or None
        return json.dumps(value, ensure_ascii=False, default=float)

    def objects(self, name: str) -> list["Parameters"]:
        """The parts of a list of objects."""
        return [self._of_part(part) for part in self._list(name)]

    def object(self, name: str) -> "Parameters":
        """A part with names of its own."""
        return self._of_part(self._values.get(name))

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        return value is True or (self._from_form and str(value).lower() in ("true", "1"))

    def values(self, name: str) -> list[str]:
        """All values under the name, each once; one alone needs no list."""
        value = self._values.get(name)
        if value is None:
            return []
        found = value if isinstance(value, list) else [value]
        if any(isinstance(each, list | dict) for each in found):
            raise wrong_parameter()
        return list(dict.fromkeys(map(str, found)))

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise wrong_parameter()
        return value

    def _of_part(self, part: Any) -> "Parameters":
        if not isinstance(part, dict):
            raise wrong_parameter()
        return Parameters(part, from_form=self._from_form)


def _form(read: Callable[..., dict[str, Any]], *given: Any) -> dict[str, Any]:
    try:
        values = read(*given)
        require_storable(values)
    except (ValueError, RecursionError):
        raise wrong_parameter() from None
    return values
