"""The recipe of docs/testing.md, run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]

# What pytest-playwright brings, with the Chromium of this machine; and this shop's cart. What the browser saw is
# printed, for the case that the purchase fails.
PAGE = """
from pathlib import Path
from playwright.sync_api import sync_playwright

@pytest.fixture
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path={path!r}, args={arguments!r})
        page = browser.new_page(locale="en-US")
        page.on("console", lambda message: print("console:", message.text))
        page.on("requestfailed", lambda request: print("failed:", request.url, request.failure))
        page.on("response", lambda response: print(response.status, response.request.method, response.url))
        yield page
        for frame in page.frames:
            print(frame.url, frame.locator("body").inner_text())
        browser.close()
"""
SETTINGS = """
from pathlib import Path
from tests.settings import *

BASE_DIR = Path(__file__).parent
"""
FILL_CART = """
def fill_cart(page, shop):
    page.goto(f"{shop}/cart/?add=Tea,25000,2")
"""


def test_the_recipe_buys(tmp_path: Path, chromium_path: str) -> None:
    from tests.browser.conftest import CHROMIUM_ARGUMENTS

    page = (ROOT / "docs/testing.md").read_text(encoding="utf-8")
    recipe = page.partition("## In a real browser")[2]
    settings, conftest, test = re.findall(r"^```python\n(.*?)^```$", recipe, re.MULTILINE | re.DOTALL)
    browser = PAGE.format(path=chromium_path, arguments=CHROMIUM_ARGUMENTS)
    (tmp_path / "recipe_settings.py").write_text(SETTINGS + settings, encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest + browser, encoding="utf-8")
    (tmp_path / "test_recipe.py").write_text(test + FILL_CART, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "recipe_settings", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
