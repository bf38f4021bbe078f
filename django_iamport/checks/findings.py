"""What `iamport_check` tells: one finding each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Finding:
    """`code` is stable; `text` says what is, `hint` what to do, both translated."""

    code: str
    level: str
    text: str | Promise
    hint: str | Promise

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "level": self.level, "text": str(self.text), "hint": str(self.hint)}
