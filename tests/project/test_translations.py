"""Korean of package, sandbox and example: complete, compiled, and of the texts that are in the source."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.checkers import python_format
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.contrib import admin
from django.utils.translation import override
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    "package": ROOT / "django_iamport",
    "sandbox": ROOT / "django_iamport" / "sandbox",
    "example": ROOT / "example_project" / "shop",
}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PARTICLES = re.compile(
    r"[을를]\([을를]\)|[이가]\([이가]\)|[은는]\([은는]\)|[와과]\([와과]\)|\([으이]\)[로나라]"
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd%]|\{\w*\}")

parts = pytest.mark.parametrize("part", FOLDERS)


def catalog_of(part: str) -> Path:
    return FOLDERS[part] / "locale/ko/LC_MESSAGES/django.po"


def messages(part: str) -> list[Message]:
    with catalog_of(part).open("rb") as file:
        return [message for message in read_po(file, locale="ko") if message.id]


def sources(part: str) -> Iterator[Path]:
    """The files whose texts belong to a part: those of the sandbox are its own, not the package's."""
    for file in sorted(FOLDERS[part].rglob("*")):
        inner = part == "package" and file.is_relative_to(FOLDERS["sandbox"])
        if file.suffix in (".py", ".html", ".txt") and not inner and "migrations" not in file.parts:
            yield file


Text = tuple[str | None, str]
"""A context, and the text; Django looks up both together."""


def texts_in(file: Path) -> Iterator[Text]:
    code = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        code = templatize(code)
    for _line, function, text, _comments in extract_python(io.BytesIO(code.encode()), KEYWORDS, (), {}):
        if function in KEYWORDS:
            # pgettext has the context first, ngettext the singular.
            context, *of_it = text if function.startswith("p") else (None, text)
            yield context, of_it[0] if isinstance(of_it[0], str) else of_it[0][0]


def key_of(message: Message) -> Text:
    return message.context, message.id if isinstance(message.id, str) else message.id[0]


def as_compiled(catalog: Catalog) -> dict[object, object]:
    return {
        (message.context, message.id): message.string for message in catalog if message.id and message.string
    }


def test_every_catalog_of_the_repository_is_looked_at():
    found = set()
    for folder, inner, files in os.walk(ROOT):
        # Not entered at all: whole environments are there.
        inner[:] = {*inner} - {".tox", ".venv", "build"}
        found |= {Path(folder, file) for file in files if file.endswith(".po")}
    assert found == {catalog_of(part) for part in FOLDERS}


@parts
def test_the_committed_mo_is_what_the_po_compiles_to(part):
    with catalog_of(part).open("rb") as file:
        written = read_po(file, locale="ko")
    compiled = io.BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    with catalog_of(part).with_suffix(".mo").open("rb") as file:
        assert as_compiled(read_mo(file)) == as_compiled(read_mo(compiled))


@parts
def test_every_text_is_translated_and_none_is_guessed(part):
    untold = [message.id for message in messages(part) if not message.string or message.fuzzy]
    assert untold == []


@parts
def test_the_catalog_holds_the_texts_of_the_source_and_no_others(part):
    in_source = {text for file in sources(part) for text in texts_in(file)}
    assert in_source
    told = {key_of(message) for message in messages(part)}
    assert {"missing": in_source - told, "left over": told - in_source} == {
        "missing": set(),
        "left over": set(),
    }


@pytest.mark.on_each_pair
def test_equal_texts_of_package_sandbox_example_and_django_never_replace_one_another():
    """All catalogues of a project become one: of two with the same text, the app listed first wins everywhere."""
    merged: dict[Text, dict[str, object]] = {}
    for folder in (Path(django.__file__).parent / "conf", *Path(admin.__file__).parents[1].iterdir()):
        compiled = folder / "locale/ko/LC_MESSAGES/django.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                for message in read_mo(file):
                    if message.id and message.string:
                        merged.setdefault(key_of(message), {})[f"Django's {folder.name}"] = message.string
    assert (None, "Order") in merged
    for part in FOLDERS:
        for message in messages(part):
            merged.setdefault(key_of(message), {})[part] = message.string
    replaced = {
        text: said
        for text, said in merged.items()
        if FOLDERS.keys() & said.keys() and len({str(each) for each in said.values()}) > 1
    }
    assert replaced == {}


def test_a_single_word_of_the_package_has_a_context():
    """Shops and other apps say the same words, and mean something else by them."""
    alone = [text for context, text in map(key_of, messages("package")) if not context and " " not in text]
    assert [text for text in alone if "%" not in text] == []


def test_no_text_leaves_a_particle_to_the_reader():
    """을(를) stands where somebody did not know what comes before it."""
    for part in FOLDERS:
        for message in messages(part):
            assert not PARTICLES.search(str(message.string)), message.string


@parts
def test_placeholders_agree(part):
    for message in messages(part):
        python_format(None, message)
        for text in message.string if isinstance(message.string, tuple) else [message.string]:
            asked = message.id[-1] if isinstance(message.id, tuple) else message.id
            found = sorted(match[0] for match in PLACEHOLDER.finditer(text))
            assert found == sorted(match[0] for match in PLACEHOLDER.finditer(asked)), asked


@parts
def test_texts_begin_and_end_alike(part):
    for message in messages(part):
        text = message.string if isinstance(message.string, str) else message.string[0]
        asked = message.id if isinstance(message.id, str) else message.id[0]
        assert (text[:1].isspace(), text[-1:].isspace()) == (asked[:1].isspace(), asked[-1:].isspace()), asked


def test_a_customer_of_a_korean_shop_reads_korean():
    from django_iamport import exceptions
    from django_iamport.exceptions import MESSAGES, OrderPaid
    from django_iamport.formatting import amount_in_words

    with override("ko"):
        assert OrderPaid("").message == "이미 결제가 완료된 주문입니다."
        assert amount_in_words(50_000) == "50,000원"
        assert [code for code, text in MESSAGES.items() if not re.search("[가-힣]", str(text))] == []
        own = [error for name in exceptions.__all__ if "message" in vars(error := getattr(exceptions, name))]
        texts = {error: error({}).message for error in own if error is not exceptions.IamportError}
        assert [error for error, text in texts.items() if not re.search("[가-힣]", text)] == []
    with override("en"):
        assert amount_in_words(50_000) == "₩50,000"
