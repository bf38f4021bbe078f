import json
import sys
from pathlib import Path
from typing import Any

import pytest

from django_iamport.sandbox.rules.channels import DEFAULTS, files

TOML = """
keep_defaults = true

[[channels]]
name = "우리 카카오페이"
pg = "kakaopay"
mid = "CID000"
test = true

[channels.rules]
partial_refunds = false

[[channels]]
pg = "kcp"
mid = "A52CY"
pay_methods = ["card", "trans"]
"""
new_enough = pytest.mark.skipif(sys.version_info < (3, 11), reason="no tomllib")


def written(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@new_enough
def test_a_toml_file_lists_channels_in_front_of_the_usual_ones(tmp_path: Path) -> None:
    kakao, kcp, *usual = files.load(written(tmp_path, "channels.toml", TOML))
    assert (kakao.name, kakao.test, kakao.rules.partial_refunds) == ("우리 카카오페이", True, False)
    assert kcp.pay_methods == ("card", "trans")
    assert tuple(usual) == DEFAULTS


def test_a_json_file_says_the_same_on_every_python(tmp_path: Path) -> None:
    document: dict[str, Any] = {"channels": [{"pg": "payco", "mid": "PARTNER"}]}
    (payco,) = files.load(written(tmp_path, "channels.json", json.dumps(document)))
    assert payco.pg_provider == "payco"


def test_an_older_python_says_what_to_do_about_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    with pytest.raises(ValueError, match=r"TOML is read from Python 3\.11 on; write the same as JSON"):
        files.load(written(tmp_path, "channels.toml", TOML))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "at least one channel"),
        ("{}", "at least one channel"),
        ('{"channel": []}', "channel: a channel file has channels and keep_defaults"),
        ('{"channels": [{"pg": "kcp"}]}', "channel 1: mid"),
        ('{"channels": 5}', "must be a list"),
        ('[{"pg": "danal", "mid": "A", "type": "certification"}]', "of the type payment"),
        ("{", "Expecting"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        files.load(written(tmp_path, "channels.json", text))
