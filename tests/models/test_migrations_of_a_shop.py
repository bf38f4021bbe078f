"""A shop's migrations speak of Django alone, and stay quiet."""

import importlib
import re
import sys

import pytest
from django.apps import apps
from django.core.management import call_command


@pytest.fixture
def shops_migrations(tmp_path, settings, monkeypatch):
    package = tmp_path / "migrations_of_a_shop"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"shop": package.name}
    yield package
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


@pytest.mark.parametrize("auto_field", ["django.db.models.AutoField", "django.db.models.BigAutoField"])
@pytest.mark.django_db
def test_they_name_neither_this_package_nor_its_libraries_and_stay_clean(
    shops_migrations, settings, monkeypatch, auto_field
):
    settings.DEFAULT_AUTO_FIELD = auto_field
    monkeypatch.setattr(apps.get_app_config("shop"), "default_auto_field", auto_field)

    call_command("makemigrations", "shop", verbosity=0)

    files = sorted(path for path in shops_migrations.glob("0*.py"))
    text = "".join(path.read_text() for path in files)
    assert "paid_evidence" in text
    assert [word for word in ("iamport", "model_utils", "choices=") if word in text] == []
    assert set(re.findall(r"verbose_name=([^,)]+)", text)) <= {"'ID'"}
    importlib.invalidate_caches()
    call_command("makemigrations", "shop", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("auto_field", ["django.db.models.AutoField", "django.db.models.BigAutoField"])
@pytest.mark.django_db
def test_the_migrations_that_are_in_the_repository_are_complete(settings, auto_field):
    settings.DEFAULT_AUTO_FIELD = auto_field
    apps_with_migrations = ("django_iamport", "iamport_sandbox", "shop")

    call_command("makemigrations", *apps_with_migrations, check=True, dry_run=True, verbosity=0)


def test_this_package_holds_no_foreign_key_to_a_shop():
    own = set(apps.get_app_config("django_iamport").get_models())
    for model in own:
        relations = {field.related_model for field in model._meta.get_fields() if field.is_relation}
        assert relations <= own
