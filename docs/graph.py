"""Draw in architecture.md, and in its Korean counterpart, how the parts of the package import each other.

    python docs/graph.py            writes the drawing into the pages
    python docs/graph.py --check    fails where a page shows another one

A part is a module or a folder at the top of the package. An arrow is left out where a way over other parts shows
it already, and so is a part without arrows. Needs grimp, which import-linter brings.
"""

from __future__ import annotations

import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp

PACKAGE = "django_iamport"
PAGES = [Path(__file__).with_name(name) for name in ("architecture.md", "architecture.ko.md")]
DRAWING = re.compile(r"(?<=<!-- graph: python docs/graph\.py -->\n).*(?=<!-- end of graph -->)", re.DOTALL)

Arrows = dict[str, set[str]]


def imports_between_parts() -> Arrows:
    """Each part of the package, with the parts that it imports by itself."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=False, cache_dir=None)
    parts = sorted(graph.find_children(PACKAGE))
    return {
        name_of(importer): {
            name_of(imported)
            for imported in parts
            if imported != importer
            and graph.direct_import_exists(importer=importer, imported=imported, as_packages=True)
        }
        for importer in parts
    }


def name_of(module: str) -> str:
    return module.removeprefix(f"{PACKAGE}.")


def without_detours(arrows: Arrows) -> Arrows:
    """The arrows without those whose end is also reached over another part; raises `CycleError` for a circle."""
    below: Arrows = {}
    for part in TopologicalSorter(arrows).static_order():
        below[part] = arrows[part].union(*(below[imported] for imported in arrows[part]))
    return {
        part: imported.difference(*(below[other] for other in imported)) for part, imported in arrows.items()
    }


def drawing(arrows: Arrows) -> str:
    """A Mermaid diagram, with each part above those that it imports."""
    shown = without_detours(arrows)
    order = TopologicalSorter({part: sorted(shown[part]) for part in sorted(shown)}).static_order()
    lines = [
        f"    {part} --> {' & '.join(sorted(shown[part]))}" for part in reversed([*order]) if shown[part]
    ]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```", ""])


def with_drawing(page: str, new: str) -> str:
    if not DRAWING.search(page):
        raise ValueError("The page lost the two marks between which the drawing stands.")
    return DRAWING.sub(lambda _: new, page)


def main(*arguments: str) -> None:
    new = drawing(imports_between_parts())
    for page in PAGES:
        shown = page.read_text(encoding="utf-8")
        true = with_drawing(shown, new)
        if arguments != ("--check",):
            page.write_text(true, encoding="utf-8")
        elif shown != true:
            sys.exit(f"{page.name} draws other imports: run python docs/graph.py")


if __name__ == "__main__":
    main(*sys.argv[1:])
