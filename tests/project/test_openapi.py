"""The description of the shop's own addresses: as the command makes it, and as the views read."""

import json
import re
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from django_iamport import views
from django_iamport.management.commands.iamport_openapi import description
from django_iamport.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[2]
# The gateway's own, which no client of the shop calls.
OF_THE_GATEWAY = {"webhook", "confirm"}


def test_the_file_in_the_docs_is_what_the_command_prints():
    printed = StringIO()
    call_command("iamport_openapi", stdout=printed)
    assert json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8")) == json.loads(
        printed.getvalue()
    )


def test_every_address_that_speaks_json_is_described():
    json_views = {
        f"/pay/{pattern.pattern}"
        for pattern in urlpatterns
        if getattr(pattern.callback.view_class, "answers_json", False) and pattern.name not in OF_THE_GATEWAY
    }
    assert set(description()["paths"]) == json_views


def test_every_field_that_the_views_read_is_described():
    folder = Path(views.__file__).parent
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in folder.glob("*.py")
        if path.stem not in OF_THE_GATEWAY and path.stem != "base"
    )
    read = set(re.findall(r'self\.(?:text|truth)\("(\w+)"', sources)) | {"imp_uid"}
    bodies = [
        operation["post"]["requestBody"]["content"]["application/json"]["schema"]
        for operation in description()["paths"].values()
    ]
    assert {name for body in bodies for name in body["properties"]} == read
