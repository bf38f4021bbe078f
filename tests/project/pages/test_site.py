"""`docs/site.py`, by which MkDocs makes a site of the pages that GitHub shows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.project.pages.scripts import load
from tests.project.test_docs import DOCS, ROOT

pytestmark = pytest.mark.once


class PluginError(Exception):
    pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module, without MkDocs, which only makes the site."""
    parts = {
        "mkdocs": {},
        "mkdocs.exceptions": {"PluginError": PluginError},
        "mkdocs.plugins": {"event_priority": lambda number: lambda function: function},
    }
    for name, given in parts.items():
        module = ModuleType(name)
        vars(module).update(given)
        monkeypatch.setitem(sys.modules, name, module)
    module = load(DOCS / "site.py")
    yield module
    module._folder.cleanup()


class TestPlaces:
    def test_pages_at_the_top_of_the_repository_get_a_place(self, site):
        places = [
            site.place_of(ROOT / name) for name in ("README.md", "README.ko.md", "SECURITY.md", "LICENSE")
        ]
        assert places == ["index.md", "index.ko.md", "security.md", None]
        assert site.place_of(DOCS / "languages/go.ko.md") == "languages/go.ko.md"

    def test_every_page_is_in_the_navigation(self, site):
        navigation = set(
            re.findall(r"^ +- ([\w/-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
        )
        pages = [page for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")) if ".ko" not in page.suffixes]
        assert navigation == {site.place_of(page) for page in pages} | {
            f"{name}.md" for name in site.CHAPTERS
        }


class TestPages:
    @pytest.fixture
    def page(self, site, tmp_path, monkeypatch):
        """Answers what becomes of a text in docs/, or at the top."""
        monkeypatch.setattr(site, "ROOT", tmp_path)
        monkeypatch.setattr(site, "DOCS", tmp_path / "docs")
        readme = "# shop\n\n## Try it\n\nRun.\n\n## Add it\n\nThus.\n\n## Status\n\nNew.\n"
        for name in ("docs/models.md", "docs/models.ko.md", "docs/languages/go.md", "setup.cfg"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).touch()
        (tmp_path / "README.md").write_text(readme, encoding="utf-8")

        def made(text: str, path: str = "docs/refunds.md") -> str:
            (tmp_path / path).write_text(text, encoding="utf-8")
            return site.as_page(tmp_path / path, site.place_of(tmp_path / path))

        return made

    @pytest.mark.parametrize(
        ("path", "link", "made"),
        [
            ("docs/refunds.md", "[m](models.md#the-manager)", "[m](models.md#the-manager)"),
            ("docs/refunds.md", "[r](../README.md)", "[r](index.md)"),
            ("docs/refunds.md", "[r](../README.md#status)", "[r](index.md#status)"),
            ("docs/refunds.md", "[r](../README.md#add-it)", "[r](add-to-your-shop.md)"),
            ("docs/refunds.ko.md", "[m](models.ko.md)", "[m](models.md)"),
            ("docs/languages/php.md", "[m](../models.md)", "[m](../models.md)"),
            ("SECURITY.md", "[m](docs/models.md)", "[m](models.md)"),
            ("SECURITY.md", "[the settings](setup.cfg)", "the settings"),
            ("SECURITY.md", "[gone](docs/gone.md)", "gone"),
            (
                "SECURITY.md",
                "[out](https://shop.example/) [here](#below)",
                "[out](https://shop.example/) [here](#below)",
            ),
            ("SECURITY.md", "[`a[0]`](docs/models.md)", "[`a[0]`](models.md)"),
        ],
    )
    def test_links_lead_where_the_site_has_the_page(self, page, path, link, made):
        assert page(f"See {link}.\n", path) == f"See {made}.\n"

    def test_code_is_left_as_it_is(self, page):
        text = "```python\n[m](../README.md)\n```\n\n   ```\n   [m](../README.md)\n   ```\n"
        assert page(text) == text

    def test_the_way_to_the_other_language_is_the_sites_own(self, page):
        assert page("# Refunds\n\n[한국어](refunds.ko.md)\n\nMoney.\n") == "# Refunds\n\nMoney.\n"
        assert page("# 환불\n\n[English](refunds.md)\n\n돈.\n", "docs/refunds.ko.md") == "# 환불\n\n돈.\n"

    def test_sections_of_readme_become_chapters(self, site):
        chapter, another = "## Try it\n\nRun.\n\n### Here\n\nSo.\n\n", "## Add it\n\nThus.\n\n"
        readme = f"# shop\n\nIt sells.\n\n{chapter}{another}## Status\n\nNew.\n"
        front, chapters = site.in_chapters(readme)
        assert front == (
            "# shop\n\nIt sells.\n\n"
            "## [Try it](try-it.md)\n\n## [Add it](add-to-your-shop.md)\n\n## Status\n\nNew.\n"
        )
        assert chapters == {
            "try-it": "# Try it\n\nRun.\n\n## Here\n\nSo.\n\n",
            "add-to-your-shop": "# Add it\n\nThus.\n\n",
        }

    def test_the_chapters_are_those_of_both_readmes(self, site):
        for name, titles in (
            ("README.md", ["Try it", "Add it to your shop"]),
            ("README.ko.md", ["써 보기", "내 쇼핑몰에 추가하기"]),
        ):
            _front, chapters = site.in_chapters((ROOT / name).read_text(encoding="utf-8"))
            assert [chapter.partition("\n")[0] for chapter in chapters.values()] == [
                f"# {each}" for each in titles
            ]

    def test_all_pages_are_laid_out_and_what_is_no_page_beside_them(self, site):
        config = site.on_config({"docs_dir": "docs"})
        folder = Path(config["docs_dir"])
        names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert {"index.md", "index.ko.md", "try-it.md", "try-it.ko.md", "changelog.md", "site.css"} <= names
        assert {"openapi.json", "images/receipt-ko.png", "languages/go.ko.md"} <= names
        assert [name for name in names if name.endswith(".py") or "README" in name] == []


class TestDrawing:
    def test_it_has_a_box_for_each_name_and_an_arrow_for_each_import_downwards(self, site):
        drawn = site.drawn("```mermaid\nflowchart TD\n    views --> access & forms\n    access --> a<b\n```")
        boxes = re.findall(r'<rect x="-?\d+" y="(\d+)".*?><text x="\d+" y="\d+">(.*?)</text>', drawn)
        assert {name: int(y) for y, name in boxes} == {"views": 0, "access": 62, "forms": 62, "a&lt;b": 124}
        assert drawn.count("<path ") == 3
        assert "<script" not in drawn

    def test_the_drawing_of_the_architecture_has_every_folder(self, site):
        (diagram,) = re.findall(r"```mermaid.*?```", (DOCS / "architecture.md").read_text("utf-8"), re.DOTALL)
        names = set(re.findall(r"<text[^>]*>(\w+)</text>", site.drawn(diagram)))
        assert names == set(re.findall(r"\b[a-z_]+\b", diagram)) - {"mermaid", "flowchart"}


class TestAnchors:
    def test_each_name_that_a_row_explains_can_be_linked_once(self, site):
        row = "<tr>\n<td>{}</td>\n<td><code>what</code></td>\n</tr>"
        cells = (
            *("<code>iamport.E001</code>", "<code>get_form(**kwargs)</code>", "<code>amount</code> (won)"),
            *("<code>paid_at</code>, <code>refunded_at</code>", "<code>amount</code>"),
        )
        made = site.on_page_content("".join(map(row.format, cells)))
        assert re.findall(r'id="([^"]+)"', made) == [
            "iamport.E001",
            "get_form",
            "amount",
            "paid_at",
            "refunded_at",
        ]
        assert re.sub(r' id="[^"]+"', "", made) == "".join(map(row.format, cells))

    def test_a_headings_own_is_not_given_twice(self, site):
        page = '<h2 id="charge">charge</h2><tr>\n<td><code>charge(order)</code></td>\n</tr>'
        assert site.on_page_content(page) == page

    def test_words_and_addresses_get_none(self, site):
        rows = "<tr>\n<td>Card: <code>card</code></td>\n</tr><tr>\n<td><code>GET control/clock</code></td>\n</tr>"
        assert site.on_page_content(rows) == rows


class TestWhatWasBuilt:
    @pytest.fixture
    def built(self, site, tmp_path):
        """A site of one page in two languages; answers what becomes of it."""

        def build(building: bool = False, **pages: str) -> Path:
            html = '<script id="__config">{"base": "BASE", "search": ""}</script>'
            for name, base in (
                ("index", "."),
                ("refunds/index", ".."),
                ("ko/index", ".."),
                ("ko/refunds/index", "../.."),
            ):
                site.write(tmp_path / f"{name}.html", html.replace("BASE", base) + pages.get(name, ""))
            for name, text in pages.items():
                if "/" in name or name == "alone":
                    site.write(tmp_path / f"{name}.html", html + text)
            entries = [{"location": "refunds/", "text": "money"}, {"location": "ko/refunds/", "text": "환불"}]
            site.write(tmp_path / "search/search_index.json", json.dumps({"config": {}, "docs": entries}))
            plugins: Any = {"i18n": SimpleNamespace(building=building)}
            site.on_post_build({"plugins": plugins, "site_dir": str(tmp_path)})
            return tmp_path

        return build

    def test_each_language_is_searched_by_itself(self, built):
        folder = built()

        def found(index: str) -> list[tuple[str, str]]:
            docs = json.loads((folder / index).read_text(encoding="utf-8"))["docs"]
            return [(entry["location"], entry["text"]) for entry in docs]

        assert found("search/search_index.json") == [("refunds/", "money")]
        assert found("ko/search/search_index.json") == [("refunds/", "환불")]

    def test_a_korean_page_looks_for_its_index_below_ko(self, built):
        folder = built()
        bases = [
            re.findall(r'"base": "([^"]+)"', (folder / page).read_text(encoding="utf-8"))[0]
            for page in ("index.html", "refunds/index.html", "ko/index.html", "ko/refunds/index.html")
        ]
        assert bases == [".", "..", ".", ".."]

    @pytest.mark.parametrize(
        "loaded",
        [
            '<script src="https://cdn.example/a.js"></script>',
            '<link rel="stylesheet" href="//fonts.example/a.css">',
            '<img alt="" src=http://pictures.example/a.png>',
        ],
    )
    def test_a_page_that_loads_something_from_elsewhere_fails(self, built, loaded):
        with pytest.raises(PluginError, match=r"refunds/index\.html loads (https?:)?//\w+\.example/"):
            built(**{"refunds/index": loaded})

    def test_a_link_to_elsewhere_is_none(self, built):
        built(index='<a href="https://shop.example/">shop</a><img src="images/a.png">')

    @pytest.mark.parametrize("page", ["escrow/index", "ko/escrow/index"])
    def test_a_page_in_one_language_alone_fails(self, built, page):
        with pytest.raises(PluginError, match=r"^escrow/index\.html is there in one language$"):
            built(**{page: "only here"})

    def test_while_the_second_language_is_being_built_nothing_is_looked_at(self, built):
        built(building=True, **{"refunds/index": '<script src="https://cdn.example/a.js"></script>'})
