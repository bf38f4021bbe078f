"""The installed wheel: complete, alone, and enough for the shop of the README's "Add it to your shop".

Run by `tox -e wheel` from another directory; its name keeps it out of the ordinary runs, which test the tree.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from readme_code import code_blocks, put_into, section

TREE = Path(__file__).resolve().parents[2]
DISTRIBUTION = "django-iamport-checkout"

# What the README calls things.
README_SECTION = "Add it to your shop"
PROJECT = "mysite"
SHOP = "shop"


@pytest.fixture(scope="module")
def distribution() -> metadata.Distribution:
    return metadata.distribution(DISTRIBUTION)


@pytest.fixture(scope="module")
def installed_files(distribution: metadata.Distribution) -> set[str]:
    """Those of the wheel itself: not what is made of them here, the command's script among it."""
    files = {file for file in distribution.files or [] if "__pycache__" not in file.parts}
    return {file.as_posix() for file in files if file.parent.name not in ("bin", "Scripts")}


def files_of_the_tree() -> set[str]:
    return {
        file.relative_to(TREE).as_posix()
        for file in (TREE / "django_iamport").rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    }


def test_the_package_under_test_is_the_wheel_and_not_the_tree() -> None:
    spec = importlib.util.find_spec("django_iamport")
    assert spec is not None
    assert spec.origin is not None
    assert not Path(spec.origin).is_relative_to(TREE / "django_iamport")


def test_the_wheel_holds_every_file_of_the_package(installed_files: set[str]) -> None:
    assert files_of_the_tree() - installed_files == set()


@pytest.mark.parametrize(
    "kind",
    [
        r"py\.typed",
        r"locale/ko/LC_MESSAGES/django\.mo",
        r"migrations/0001_\w+\.py",
        r"sandbox/migrations/0001_\w+\.py",
        r"static/django_iamport/checkout\.js",
        r"templates/django_iamport/\w+\.html",
        r"management/commands/iamport_sync\.py",
    ],
)
def test_the_wheel_holds_what_a_shop_cannot_do_without(installed_files: set[str], kind: str) -> None:
    assert any(re.fullmatch(f"django_iamport/{kind}", file) for file in installed_files)


def test_the_wheel_holds_nothing_else(installed_files: set[str]) -> None:
    metadata_files = {file for file in installed_files if file.startswith("django_iamport_checkout-")}
    assert installed_files - metadata_files - files_of_the_tree() == set()


def test_the_wheel_names_its_needs_and_its_licence(distribution: metadata.Distribution) -> None:
    needs = {
        re.split(r"[<>=!~ ;\[]", need)[0] for need in distribution.requires or [] if "extra ==" not in need
    }
    assert needs == {"Django", "requests", "urllib3", "django-model-utils"}
    assert distribution.metadata["Requires-Python"] == ">=3.10"
    assert distribution.metadata["License-Expression"] == "MIT"
    assert any(str(file).endswith("LICENSE") for file in distribution.files or [])


def test_no_link_of_its_description_leads_nowhere(distribution: metadata.Distribution) -> None:
    shown = distribution.metadata.get_payload()
    assert f"## {README_SECTION}" in shown
    assert re.findall(r"\]\((?!https?://)[^)]*\)", shown) == []


@pytest.mark.parametrize("tool", ["pytest_django", "hypothesis", "babel", "mypy", "ruff"])
def test_the_environment_holds_none_of_the_development_tools(tool: str) -> None:
    assert importlib.util.find_spec(tool) is None


def test_the_client_works_in_a_plain_script(tmp_path: Path) -> None:
    code = "import sys; from django_iamport.client import Client; sys.exit('django' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


class Shop:
    """A new project that followed the README."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def run(self, *command: str) -> str:
        """Run Python with `command` in the project; the test fails with all it said where it fails."""
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.directory,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def manage(self, *command: str) -> str:
        return self.run("manage.py", *command)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("readme"))
    shop.run("-m", "django", "startproject", PROJECT, ".")
    shop.manage("startapp", SHOP)
    readme = (TREE / "README.md").read_text(encoding="utf-8")
    blocks = code_blocks(section(readme, README_SECTION))
    assert f"{SHOP}/models.py" in {block.path for block in blocks}
    put_into(shop.directory, blocks)
    shop.manage("makemigrations", SHOP)
    shop.manage("migrate")
    return shop


def test_a_shop_made_from_the_readme_passes_all_checks(shop: Shop) -> None:
    assert "no issues" in shop.manage("check")


def test_a_shop_made_from_the_readme_misses_no_migration(shop: Shop) -> None:
    shop.manage("makemigrations", "--check", "--dry-run")


def test_a_shops_migrations_mention_neither_the_package_nor_model_utils(shop: Shop) -> None:
    migrations = (shop.directory / SHOP / "migrations").glob("0*.py")
    text = "".join(migration.read_text(encoding="utf-8") for migration in migrations)
    assert "CreateModel" in text
    assert "django_iamport" not in text
    assert "model_utils" not in text


def test_a_shop_made_from_the_readme_sells(shop: Shop) -> None:
    """`purchase_in_the_readmes_shop.py` becomes the shop's own test."""
    test = Path(__file__).with_name("purchase_in_the_readmes_shop.py")
    (shop.directory / SHOP / "tests.py").write_text(test.read_text(encoding="utf-8"), encoding="utf-8")
    shop.manage("test", SHOP)
