"""Korean of package, sandbox and example: complete, compiled, and of the texts that are in the source."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.checkers import python_format
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
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


def texts_in(file: Path) -> Iterator[str]:
    code = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        code = templatize(code)
    for _line, function, text, _comments in extract_python(io.BytesIO(code.encode()), KEYWORDS, (), {}):
        if function in KEYWORDS:
            # the last text of pgettext is the message, the first of the others
            yield text if isinstance(text, str) else text[1 if function.startswith("p") else 0]


def as_compiled(catalog: Catalog) -> dict[object, object]:
    return {
        (message.context, message.id): message.string for message in catalog if message.id and message.string
    }


def test_every_catalog_of_the_repository_is_looked_at():
    found = {
        file
        for file in ROOT.rglob("*.po")
        if not {".tox", ".venv", "build"} & set(file.relative_to(ROOT).parts)
    }
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
    told = {message.id[0] if isinstance(message.id, tuple) else message.id for message in messages(part)}
    assert {"missing": in_source - told, "left over": told - in_source} == {
        "missing": set(),
        "left over": set(),
    }


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
