"""How the house is kept: few doors at the top, short files, small folders, tests that lie as the package does."""

from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "django_iamport"
TESTS = ROOT / "tests"

# Folders of tests that are about no single folder of the package.
OF_THE_WHOLE = {
    *("browser", "clients", "contract", "histories", "packaging", "project", "shop", "studio", "typing")
}
# Folders of the package whose tests lie elsewhere: a command's with what it does, a migration's with the models.
TESTED_ELSEWHERE = {"management", "migrations"}


def folders(root: Path) -> Iterator[Path]:
    """The folder and all below it that hold Python modules, migrations left out."""
    for folder in [root, *root.rglob("*")]:
        if folder.is_dir() and modules(folder) and folder.name != "migrations":
            yield folder


def modules(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.py") if path.name != "__init__.py"]


def test_at_most_35_entries_stand_at_the_top_of_the_package():
    entries = {path.name for path in PACKAGE.iterdir()} - {"py.typed", "__pycache__"}
    assert len(entries) <= 35


@pytest.mark.parametrize("root", [PACKAGE, TESTS], ids=["package", "tests"])
def test_no_folder_has_more_than_16_modules(root):
    counted = {str(folder.relative_to(ROOT)): len(modules(folder)) for folder in folders(root)}
    assert len(counted) > 20
    assert {folder: count for folder, count in counted.items() if count > 16} == {}


def test_no_module_has_more_than_400_lines():
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_the_folders_of_tests_are_those_of_the_package():
    tested = {folder.relative_to(TESTS) for folder in folders(TESTS)} - {Path()}
    mirrors = {folder for folder in tested if folder.parts[0] not in OF_THE_WHOLE}
    package = {folder.relative_to(PACKAGE) for folder in folders(PACKAGE)} - {Path()}
    assert mirrors - package == set()
    tops = {folder.parts[0] for folder in package} - TESTED_ELSEWHERE
    assert {folder.parts[0] for folder in mirrors} == tops
    without_tests = {folder for folder in mirrors if not [*(TESTS / folder).rglob("test_*.py")]}
    assert without_tests == set()


def test_a_module_of_tests_beside_the_folders_is_that_of_a_module_of_the_package():
    tested = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")}
    of_the_whole_package = {"public_api"}
    assert tested - {path.stem for path in modules(PACKAGE)} == of_the_whole_package


def test_the_linter_sees_every_import_and_at_most_17_layers():
    linter = ConfigParser()
    linter.read(ROOT / ".importlinter", encoding="utf-8")
    assert linter["importlinter"].getboolean("exclude_type_checking_imports") is False
    layers = linter["importlinter:contract:layers"]
    assert len(layers["layers"].strip().splitlines()) <= 17
    assert layers.getboolean("exhaustive") is True


def test_nothing_is_excused_from_the_linter():
    linter = ConfigParser()
    linter.read(ROOT / ".importlinter", encoding="utf-8")
    circles = linter["importlinter:contract:circles"]
    assert (circles["type"], circles["ancestors"].split()) == ("acyclic_siblings", ["django_iamport"])
    excused = [name for name in linter.sections() if "ignore_imports" in linter[name]]
    assert [*excused, *(name for name in linter.sections() if "skip_descendants" in linter[name])] == []
