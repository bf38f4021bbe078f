"""The plugin in projects of others: pytest loads it wherever the package is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

WITHOUT_DJANGO = """
import sys

def test_nothing_of_django_was_imported():
    assert not [name for name in sys.modules if name.partition(".")[0] == "django"]

def test_the_fixture_says_what_it_needs(request):
    from django.core.exceptions import ImproperlyConfigured
    try:
        request.getfixturevalue("iamport_sandbox")
    except ImproperlyConfigured as error:
        assert "settings are not configured" in str(error)
"""

# No app of the package, no database, no pytest-django: a shop's own code may ask the gateway all the same.
WITHOUT_OUR_APPS = """
from types import SimpleNamespace

from django.conf import settings

settings.configure()

def test_the_client_is_answered(iamport_sandbox):
    from django_iamport.gateway import client
    attempt = SimpleNamespace(merchant_uid="m1", amount=1000, currency="KRW")
    imp_uid = iamport_sandbox.pay(attempt)
    assert client().payments.find(imp_uid).amount == 1000
    iamport_sandbox.cancel_in_console(imp_uid)
    assert client().payments.find(imp_uid).cancel_amount == 1000

def test_nothing_is_left_of_it(iamport_sandbox):
    assert iamport_sandbox.account.payments() == []
"""


@pytest.mark.parametrize("project", [WITHOUT_DJANGO, WITHOUT_OUR_APPS], ids=["plain", "django"])
def test_a_project_runs_its_tests(tmp_path: Path, project: str) -> None:
    (tmp_path / "test_theirs.py").write_text(project)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:django", "-p", "no:xdist", "."],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
