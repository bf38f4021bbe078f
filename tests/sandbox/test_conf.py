"""Channels that settings name."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_iamport.sandbox import conf
from django_iamport.sandbox.checks import channels_can_be_used
from django_iamport.sandbox.rules.channels import DEFAULTS

KAKAO = {"pg": "kakaopay", "mid": "CID000"}


def test_without_a_setting_they_are_the_usual_ones() -> None:
    assert conf.channels() == DEFAULTS
    assert conf.merchant("").channels == DEFAULTS
    assert channels_can_be_used() == []


@pytest.mark.parametrize("configured", [[KAKAO], {"channels": [KAKAO]}])
def test_a_setting_may_hold_them(settings: Any, configured: Any) -> None:
    settings.IAMPORT_SANDBOX_CHANNELS = configured
    assert [channel.pg_id for channel in conf.channels()] == ["CID000"]


def test_a_file_is_read_again_once_it_has_changed(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "channels.json"
    settings.IAMPORT_SANDBOX_CHANNELS = str(file)
    file.write_text(json.dumps([KAKAO]))
    assert conf.channels() is conf.channels()
    file.write_text(json.dumps([{**KAKAO, "mid": "CID001"}]))
    os.utime(file, ns=(1, 1))
    assert [channel.pg_id for channel in conf.channels()] == ["CID001"]


@pytest.mark.parametrize("configured", ["{folder}/missing.json", [], [{"pg": "kcp"}], {"channels": 5}, 5])
def test_a_check_says_what_is_wrong_with_them(settings: Any, tmp_path: Path, configured: Any) -> None:
    text = isinstance(configured, str)
    settings.IAMPORT_SANDBOX_CHANNELS = configured.format(folder=tmp_path) if text else configured
    if configured == []:
        assert conf.channels() == DEFAULTS
        return
    with pytest.raises(ImproperlyConfigured, match="IAMPORT_SANDBOX_CHANNELS"):
        conf.channels()
    assert [found.id for found in channels_can_be_used()] == ["iamport_sandbox.E002"]
