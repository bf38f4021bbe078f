"""Parameters of a REST request: JSON and form bodies read alike, malformed ones refused with 400."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from ..rules import money
from ..rules.json_bodies import is_storable, read_object
from ..rules.refusals import wrong_parameter


class Parameters:
    """Values by name. Numbers may be texts in a form, where everything is text, but not in JSON."""

    def __init__(self, values: Mapping[str, Any], *, from_form: bool) -> None:
        self._values = values
        self._from_form = from_form

    @classmethod
    def of_body(cls, body: bytes, content_type: str) -> "Parameters":
        if not body:
            return cls({}, from_form=True)
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            return cls(_form(body), from_form=True)
        try:
            return cls(read_object(body), from_form=False)
        except ValueError:
            raise wrong_parameter() from None

    @classmethod
    def of_query(cls, query: str) -> "Parameters":
        return cls(_form(query.encode()), from_form=True)

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
            if self._from_form:
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
        """The parts of a list of objects, which only JSON has."""
        return [self._of_part(part) for part in self._list(name)]

    def object(self, name: str) -> "Parameters":
        """A part with names of its own, which only JSON has."""
        return self._of_part(self._values.get(name))

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        return value is True or (self._from_form and str(value).lower() in ("true", "1"))

    def values(self, name: str) -> list[str]:
        """All values of `name[]` (or of `name`), each once."""
        found = [*self._every(f"{name}[]"), *self._every(name)]
        return list(dict.fromkeys(found))

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

    def _every(self, name: str) -> list[str]:
        value = self._values.get(name)
        if value is None:
            return []
        return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _form(text: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qs(text.decode(), keep_blank_values=True)
    except ValueError:
        raise wrong_parameter() from None
    if not all(map(is_storable, [*pairs, *(value for values in pairs.values() for value in values)])):
        raise wrong_parameter()
    return {name: values if name.endswith("[]") else values[-1] for name, values in pairs.items()}
