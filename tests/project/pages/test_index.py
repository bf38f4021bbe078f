"""README on the package index, where nothing of the repository stands beside it."""

import re
import sys
from types import ModuleType

import pytest

from tests.project.pages.scripts import load
from tests.project.test_docs import ROOT

pytestmark = pytest.mark.once


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, without setuptools, which only builds the package."""
    setuptools = ModuleType("setuptools")
    vars(setuptools)["setup"] = None
    monkeypatch.setitem(sys.modules, "setuptools", setuptools)
    return load(ROOT / "setup.py")


def test_no_link_of_it_is_dead(build):
    shown = build.description()
    assert "## Add it to your shop" in shown
    assert re.findall(r"\]\((?!https?://)[^)]*\)", shown) == []


def test_without_an_address_words_stay_and_what_is_a_link_alone_goes(build):
    table = "| a | b |\n|---|---|\n| ![w](docs/w.png) | c |\n\n"
    readme = f"# shop\n\n[한국어](README.ko.md)\n\n{table}[Try](docs/a.md#b), [see](https://a.example/).\n"
    assert build.for_the_index(readme) == "# shop\n\nTry, [see](https://a.example/).\n"


def test_with_one_they_lead_to_what_this_version_says(build):
    shown = build.for_the_index(
        "[a](docs/a.md#b) ![w](docs/w.png) [c](https://c.example/)", "https://git.example/shop", "1.2"
    )
    assert shown == (
        "[a](https://git.example/shop/blob/v1.2/docs/a.md#b) ![w](https://git.example/shop/raw/v1.2/docs/w.png)"
        " [c](https://c.example/)"
    )
