"""Every page has a Korean counterpart that shows the same: sections, tables, code, and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.project.test_docs import DOCS, FENCE, ROOT, anchor_of, headings, tables

ENGLISH = sorted(
    page.relative_to(ROOT).as_posix()
    for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))
    # a list of changes is read once, and grows with each
    if not page.name.endswith(".ko.md") and page.name != "CHANGELOG.md"
)
KOREAN = sorted(page.relative_to(ROOT).as_posix() for page in (*ROOT.glob("*.ko.md"), *DOCS.rglob("*.ko.md")))
# `# why`, `// why`, `{# why #}` and `<!-- why -->` are written for the reader, in his language.
COMMENT = re.compile(r"(?:^|(?<=\s))(?:(?:#|//) .*|\{# .*? #\}|<!-- .*? -->)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
OTHER_LANGUAGE = re.compile(r"^\[(?:한국어|English)\]\(([\w.-]+)\)$", re.MULTILINE)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def korean(page: str) -> str:
    return page.removesuffix(".md") + ".ko.md"


def code(text: str) -> list[str]:
    return [
        re.sub(r"\s+$", "", COMMENT.sub("", block[3]), flags=re.MULTILINE) for block in FENCE.finditer(text)
    ]


def names(text: str) -> list[list[list[str]]]:
    """What the first cells of each table name in code."""
    return [[re.findall(r"`[^`]+`", row.split(" | ")[0]) for row in table] for table in tables(text)]


def links(page: str) -> set[tuple[str, int | str]]:
    """The English page that is linked, and which of its headings."""
    found: set[tuple[str, int | str]] = set()
    for target in LINK.findall(OTHER_LANGUAGE.sub("", FENCE.sub("", read(page)))):
        path, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            found.add((target, 0))
            continue
        linked = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        name = linked.relative_to(ROOT).as_posix()
        places = [anchor_of(text) for _, text in headings(read(name))] if anchor else []
        # Pictures speak a language, too.
        name = re.sub(r"\.ko\.md$", ".md", re.sub(r"-(en|ko)\.png$", ".png", name))
        found.add((name, places.index(anchor) + 1 if anchor else 0))
    return found


def test_every_page_has_its_counterpart():
    assert [korean(page) for page in ENGLISH] == KOREAN


@pytest.mark.parametrize("page", ENGLISH)
def test_both_have_the_same_sections(page):
    levels = [[level for level, _ in headings(read(each))] for each in (page, korean(page))]
    assert levels[0] == levels[1]


@pytest.mark.parametrize("page", ENGLISH)
def test_both_have_the_same_tables(page):
    assert names(read(page)) == names(read(korean(page)))


@pytest.mark.parametrize("page", ENGLISH)
def test_both_show_the_same_code(page):
    assert code(read(page)) == code(read(korean(page)))


@pytest.mark.parametrize("page", ENGLISH)
def test_both_name_the_same_in_code(page):
    spoken_of = [
        {span for _, span in re.findall(r"(`+)(.+?)\1(?!`)", " ".join(FENCE.sub("", read(each)).split()))}
        for each in (page, korean(page))
    ]
    assert spoken_of[0] == spoken_of[1]


@pytest.mark.parametrize("page", ENGLISH)
def test_both_lead_to_the_same_places(page):
    assert links(page) == links(korean(page))


@pytest.mark.parametrize("page", ENGLISH)
def test_each_leads_to_the_other(page):
    other = Path(korean(page)).name
    assert f"\n[한국어]({other})\n" in read(page)
    assert f"\n[English]({Path(page).name})\n" in read(korean(page))


@pytest.mark.parametrize("page", KOREAN)
def test_a_korean_page_leads_to_korean_pages(page):
    targets = [
        target.partition("#")[0] for target in LINK.findall(OTHER_LANGUAGE.sub("", FENCE.sub("", read(page))))
    ]
    english = [
        target
        for target in targets
        if target.endswith(".md")
        and not target.endswith(".ko.md")
        and ((ROOT / page).parent / korean(target)).exists()
    ]
    assert english == []


def test_the_gateway_has_one_name_in_korean():
    """V1 is 아임포트, as in its addresses; 포트원 is the company, 게이트웨이 a layer of this package."""
    other_names = {
        "포트원": {"README.ko.md", "CONTRIBUTING.ko.md", "docs/v1-or-v2.ko.md"},
        "게이트웨이": {"docs/architecture.ko.md", "docs/performance.ko.md", "docs/v1-or-v2.ko.md"},
    }
    for name, pages in other_names.items():
        assert {page for page in KOREAN if name in read(page).replace("아임포트(포트원 V1)", "")} == pages
