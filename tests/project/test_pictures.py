"""The pictures in the pages: each is there, and a browser test of the running example draws it anew."""

import pytest

from tests.project.pages.scripts import load
from tests.project.test_docs import ROOT


@pytest.fixture(scope="module")
def pictures():
    """The script behind `tox run -e pictures`."""
    return load(ROOT / ".ci" / "pictures.py")


def test_what_the_pages_show_is_there_and_nothing_else(pictures):
    assert pictures.shown() == {path.stem for path in (ROOT / "docs/images").glob("*")}


def test_a_test_in_a_browser_draws_each(pictures):
    assert pictures.shown()
    assert pictures.shown() - set(pictures.drawn_by()) == set()


def test_each_language_has_pictures_of_its_own(pictures):
    for readme, language in (("README.md", "en"), ("README.ko.md", "ko")):
        names = pictures.SHOWN.findall((ROOT / readme).read_text(encoding="utf-8"))
        assert names
        assert {name.rpartition("-")[2] for name in names} == {language}
