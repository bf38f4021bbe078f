import re
from io import BytesIO
from pathlib import Path
from typing import IO

from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import django_iamport.sandbox

SANDBOX = Path(django_iamport.sandbox.__file__).parent
LOCALE = SANDBOX / "locale/ko/LC_MESSAGES"
MARKED = re.compile(
    r"""(?:{% translate |\b_\()(["'])(?P<text>.+?)\1"""
    r"""|{% blocktranslate[^%]*%}(?P<block>.+?){% endblocktranslate"""
)


def test_every_text_has_a_korean_translation() -> None:
    with (LOCALE / "django.po").open("rb") as file:
        catalog = read_po(file)
    translated = {message.id for message in catalog if message.id and message.string}
    marked = set()
    for source in [*SANDBOX.rglob("*.html"), *SANDBOX.rglob("*.py")]:
        for found in MARKED.finditer(source.read_text()):
            text = found["text"] or re.sub(r"{{ (\w+) }}", r"%(\1)s", found["block"])
            marked.add(text)
    assert len(marked) > 60
    assert marked - translated == set()
    assert translated - marked == set()


def test_the_compiled_catalog_is_the_written_one() -> None:
    expected = BytesIO()
    with (LOCALE / "django.po").open("rb") as file:
        write_mo(expected, read_po(file))
    expected.seek(0)
    with (LOCALE / "django.mo").open("rb") as file:
        assert texts(file) == texts(expected)


def texts(compiled: IO[bytes]) -> dict[object, object]:
    return {(text.id, text.context): text.string for text in read_mo(compiled) if text.id}
