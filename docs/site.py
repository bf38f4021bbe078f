"""What MkDocs does besides: the pages from the top of the repository, anchors, and a look at what was built.

GitHub shows the same files, so they link as files do: README.md to docs/settings.md, a Korean page to a
Korean one. The site has README as its front page, in chapters, and Korean under ko/, where a plugin finds the page
of the reader's language.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
# Pages of the site that stand at the top of the repository.
AT_THE_TOP = {
    "README": "index",
    "CONTRIBUTING": "contributing",
    "CHANGELOG": "changelog",
    "SECURITY": "security",
}
# Sections of README that are pages of their own here, in their order.
CHAPTERS = ("try-it", "add-to-your-shop")
FENCED = re.compile(r"(^( *)(?:```+).*?^\2```+$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+)\)")
# The way to the other language, which the site has at the top of each page.
OTHER_LANGUAGE = re.compile(r"^\(?\[(?:한국어|Korean|English|영문)\]\([\w.-]+\)\)?\n\n", re.MULTILINE)
# The first cell of a row that explains names, and a name in it: `amount`, `get_items()`, `iamport.E001`.
ROW = re.compile(r"<tr>\n<td>(?=<code>).*?</td>")
NAME = re.compile(r"<code>([\w.:-]+)(?=\(.*?\)</code>|</code>)")
LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?((?:https?:)?//[^"'\s>]+)""")
_folder = tempfile.TemporaryDirectory(prefix="docs-")


def on_config(config: Any) -> Any:
    """Lay the pages out as the site has them."""
    folder = Path(_folder.name)
    shutil.copytree(
        DOCS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.md")
    )
    for source in (*DOCS.rglob("*.md"), *ROOT.glob("*.md")):
        if place := place_of(source):
            text = as_page(source, place)
            if source.name.startswith("README"):
                text, chapters = in_chapters(text)
                for name, chapter in chapters.items():
                    write(folder / place.replace("index", name), chapter)
            write(folder / place, text)
    config["docs_dir"] = str(folder)
    return config


def write(page: Path, text: str) -> None:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")


def in_chapters(readme: str) -> tuple[str, dict[str, str]]:
    """The front page, where a heading leads to each chapter; and those, with their headings a level higher."""
    head, *sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    own = dict(zip(CHAPTERS, sections, strict=False))
    led = [f"## [{heading_of(section)}]({name}.md)\n\n" for name, section in own.items()]
    chapters = {name: re.sub(r"^#(#+ )", r"\1", section, flags=re.MULTILINE) for name, section in own.items()}
    return "".join([head, *led, *sections[len(own) :]]), chapters


def heading_of(section: str) -> str:
    return section.partition("\n")[0].lstrip("# ")


def anchor_of(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def chapter_of(readme: Path, anchor: str) -> str | None:
    sections = re.split(r"^(?=## )", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    own = {anchor_of(heading_of(section)): name for name, section in zip(CHAPTERS, sections, strict=False)}
    return own.get(anchor)


def place_of(source: Path) -> str | None:
    """Where the site has this file; None where it hasn't."""
    if source.is_relative_to(DOCS):
        return source.relative_to(DOCS).as_posix()
    name, _, suffixes = source.name.partition(".")
    return f"{AT_THE_TOP[name]}.{suffixes}" if name in AT_THE_TOP else None


def as_page(source: Path, place: str) -> str:
    """The text with the links of the site; what the site hasn't is named without a link."""
    above = PurePosixPath(place).parent

    def led(match: re.Match[str]) -> str:
        words, target = match.groups()
        if re.match(r"\w+:|#", target):
            return match[0]
        path, mark, anchor = target.partition("#")
        linked = (source.parent / path).resolve()
        there = place_of(linked) if linked.is_file() else None
        if there is None:
            return words
        if there.startswith("index.") and (chapter := chapter_of(linked, anchor)):
            there, mark, anchor = f"{chapter}.md", "", ""
        # The plugin finds the page of the reader's language.
        there = re.sub(r"\.ko\.md$", ".md", there)
        return f"[{words}]({'../' * len(above.parts)}{there}{mark}{anchor})"

    text = OTHER_LANGUAGE.sub("", source.read_text(encoding="utf-8"), count=1)
    parts = FENCED.split(text)
    # three a fence: what stands before it, the fence, and its indent
    parts[0::3] = [LINK.sub(led, part) for part in parts[0::3]]
    parts[1::3] = [drawn(part) if part.startswith("```mermaid") else part for part in parts[1::3]]
    parts[2::3] = [""] * len(parts[2::3])
    return "".join(parts)


def drawn(diagram: str) -> str:
    """An SVG of a Mermaid flowchart of names and arrows, for which a page would load a script from elsewhere."""
    arrows = [
        (above.strip(), below)
        for above, _, rest in (line.partition(" --> ") for line in diagram.splitlines() if " --> " in line)
        for below in rest.split(" & ")
    ]
    level: dict[str, int] = {}
    # Whoever draws it lists a part before those that it imports.
    for above, below in arrows:
        level.setdefault(above, 0)
        level[below] = max(level.get(below, 0), level[above] + 1)
    rows: list[list[str]] = [[] for _ in range(max(level.values()) + 1)]
    for name, row in level.items():
        rows[row].append(name)
    width, height, step = 150, 30, 62
    middle = {
        name: (int(900 * (place + 0.5) / len(row)), number * step + height // 2)
        for number, row in enumerate(rows)
        for place, name in enumerate(row)
    }
    lines = [
        f'<path d="M{x} {y + height // 2} C{x} {y + step} {to_x} {to_y - step} {to_x} {to_y - height // 2}"/>'
        for (x, y), (to_x, to_y) in ((middle[above], middle[below]) for above, below in arrows)
    ]
    boxes = [
        f'<rect x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" rx="4"/>'
        f'<text x="{x}" y="{y + 5}">{html.escape(name)}</text>'
        for name, (x, y) in middle.items()
    ]
    size = f"0 0 900 {len(rows) * step}"
    return f'<div class="drawing"><svg viewBox="{size}" role="img">{"".join([*lines, *boxes])}</svg></div>'


def on_page_content(content: str, **kwargs: Any) -> str:
    """An anchor for each name that a row explains: a setting, a check, a hook, a signal, an error."""
    # a heading's own wins
    seen = set(re.findall(r'\bid="([^"]+)"', content))

    def anchored(match: re.Match[str]) -> str:
        if match[1] in seen:
            return match[0]
        seen.add(match[1])
        return match[0].replace("<code>", f'<code id="{match[1]}">')

    return ROW.sub(lambda row: NAME.sub(anchored, row[0]), content)


def search_each_language(site: Path) -> None:
    """Whoever reads Korean finds Korean pages, in an index of their own; others don't find them."""
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    korean = [entry for entry in index["docs"] if entry["location"].startswith("ko/")]
    english = [entry for entry in index["docs"] if entry not in korean]
    for entry in korean:
        entry["location"] = entry["location"].removeprefix("ko/")
    for folder, entries in ((site, english), (site / "ko", korean)):
        write(folder / "search/search_index.json", json.dumps({**index, "docs": entries}, ensure_ascii=False))
    for page in (site / "ko").rglob("*.html"):
        # Where a page's script looks for the index; one step less than to the top of the site.
        text = page.read_text(encoding="utf-8")
        write(
            page, re.sub(r'"base": "(?:\.\./)*\.\."', f'"base": "{way_up(page, site / "ko")}"', text, count=1)
        )


def way_up(page: Path, top: Path) -> str:
    return "/".join([".."] * (len(page.relative_to(top).parts) - 1)) or "."


# after the plugin for languages, which builds the second language at the end of the first
@event_priority(-200)
def on_post_build(config: Any) -> None:
    """Fail where a page loads something from elsewhere, or is there in one language alone."""
    if config["plugins"]["i18n"].building:
        return
    site = Path(config["site_dir"])
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]
    elsewhere = [
        f"{page.relative_to(site)} loads {address}"
        for page in pages
        for address in LOADED.findall(page.read_text(encoding="utf-8"))
    ]
    names = {page.relative_to(site).as_posix() for page in pages}
    english = {name for name in names if not name.startswith("ko/")}
    alone = sorted(english ^ {name.removeprefix("ko/") for name in names - english})
    search_each_language(site)
    if elsewhere or alone:
        raise PluginError("\n".join([*elsewhere, *(f"{name} is there in one language" for name in alone)]))
    shutil.rmtree(_folder.name, ignore_errors=True)
