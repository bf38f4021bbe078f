"""The code of a section of the README, as a reader would put it into files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# A line that names a file, then a fenced block:  `shop/models.py`:  ```python … ```
# Words around the name are the reader's: "In `mysite/settings.py`, at the end:".
BLOCK = re.compile(
    r"^[^\n`]*`(?P<path>[\w./-]+\.\w+)`[^\n`]*:\n+(?P<fence>```+)\w*\n(?P<code>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class CodeBlock:
    path: str
    code: str


def section(text: str, heading: str) -> str:
    """The text under `heading` (without its #) up to the next heading of the same or a higher level.

    Raises LookupError where there is no such heading.
    """
    start = re.search(rf"^(#+) {re.escape(heading)}\s*$", text, re.MULTILINE)
    if start is None:
        raise LookupError(f"no heading {heading!r}")
    rest = text[start.end() :]
    # a Python comment in a block looks like a heading of the first level
    fenced = [match.span() for match in re.finditer(r"^```.*?^```$", rest, re.MULTILINE | re.DOTALL)]
    for match in re.finditer(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE):
        if not any(begin <= match.start() < end for begin, end in fenced):
            return rest[: match.start()]
    return rest


def code_blocks(text: str) -> list[CodeBlock]:
    return [CodeBlock(match["path"], match["code"]) for match in BLOCK.finditer(text)]


def put_into(project: Path, blocks: list[CodeBlock]) -> None:
    """Write each block to its file; settings, addresses, and a file named twice, are added to."""
    written: set[str] = set()
    for block in blocks:
        file = project / block.path
        file.parent.mkdir(parents=True, exist_ok=True)
        added_to = block.path in written or file.name in ("settings.py", "urls.py")
        before = file.read_text(encoding="utf-8") + "\n\n" if added_to else ""
        file.write_text(before + block.code, encoding="utf-8")
        written.add(block.path)
