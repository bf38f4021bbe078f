"""The package's own pages are dressed by its own style: no class of theirs is forgotten there."""

import re
from pathlib import Path

import django_iamport

PACKAGE = Path(django_iamport.__file__).parent
STYLE = (PACKAGE / "static/django_iamport/checkout.css").read_text(encoding="utf-8")
# What a shop's own style may take hold of, and looks right without.
HOLDS = {"iamport-refund", "iamport-cash-receipt", "iamport-button"}


def classes():
    pages = [
        *PACKAGE.glob("templates/django_iamport/**/*.html"),
        *PACKAGE.glob("contrib/*/templates/django_iamport/*.html"),
        *PACKAGE.glob("contrib/*/templates/iamport_*/*.html"),
        PACKAGE / "static/django_iamport/checkout.js",
    ]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    named = [names for text in texts for names in re.findall(r'(?:class="|className = ")([^"{]*)', text)]
    return {name for names in named for name in names.split() if name.startswith("iamport-")}


def test_every_class_has_its_style():
    styled = set(re.findall(r"\.(iamport-[\w-]+)", STYLE))
    assert {"iamport-items", "iamport-periods", "iamport-note"} <= classes()
    assert classes() - styled - HOLDS == set()


def test_what_went_wrong_is_marked():
    for selector in ('[aria-invalid="true"]', '.iamport-status[data-kind="error"]', '[data-status="failed"]'):
        assert selector in STYLE
