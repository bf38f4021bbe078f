"""The Django Ninja API of docs/api.md, run as it stands there."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client

pytest.importorskip("ninja", reason="the recipe needs django-ninja")

from tests.shop import models
from tests.shop.models import OrderTransaction

PAGE = (Path(__file__).resolve().parents[2] / "docs/api.md").read_text(encoding="utf-8")
RECIPE = re.search(r"## Django Ninja\n.*?```python\n(.*?)```", PAGE, re.DOTALL)[1]
User = get_user_model()


@pytest.fixture(autouse=True)
def _recipe(settings, monkeypatch):
    monkeypatch.setenv("NINJA_SKIP_REGISTRY", "1")
    tokens, recipe = ModuleType("shop.tokens"), ModuleType("recipe")
    tokens.user_of = lambda name: User.objects.filter(username=name).first()
    for name, module in (
        ("shop", ModuleType("shop")),
        ("shop.models", models),
        ("shop.tokens", tokens),
        ("recipe", recipe),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    exec(RECIPE, recipe.__dict__)
    settings.ROOT_URLCONF = "recipe"
    settings.IAMPORT_RETURN_URLS = {"app": "myshop://paid"}


@pytest.fixture
def kim(db, iamport_sandbox, monkeypatch):
    for alias in (connections.settings["default"], connections["default"].settings_dict):
        monkeypatch.setitem(alias, "ATOMIC_REQUESTS", True)
    return User.objects.create_user("kim")


def post(path, fields, token="kim", client=None):
    headers = {"Authorization": f"Bearer {token}"}
    return (client or Client()).post(f"/api/{path}", fields, "application/json", headers=headers)


def test_it_buys_under_atomic_requests(kim, make_order, iamport_sandbox):
    begun = post("checkout", {"order_id": make_order(user=kim).pk}).json()
    assert begun["request_pay"]["amount"] == 50_000
    assert begun["request_pay"]["m_redirect_url"].endswith("&to=app")
    attempt = OrderTransaction.objects.get(merchant_uid=begun["merchant_uid"])
    claim = {"merchant_uid": attempt.merchant_uid, "imp_uid": iamport_sandbox.pay(attempt)}
    assert post("validation", claim).json() == {"merchant_uid": attempt.merchant_uid, "status": "paid"}


def test_it_answers_of_others_nothing_whatever_session_there_is(kim, make_order, iamport_sandbox):
    lee = User.objects.create_user("lee")
    theirs = OrderTransaction.objects.create_new(make_order(user=lee))
    paid = iamport_sandbox.pay(theirs)
    browser = Client()
    browser.force_login(lee)
    answers = [
        post("checkout", {"order_id": theirs.order_id}, client=browser),
        post("validation", {"merchant_uid": theirs.merchant_uid}, client=browser),
    ]
    assert [(answer.status_code, answer.json()["error"]["code"]) for answer in answers] == [
        (404, "not_found")
    ] * 2
    assert post("checkout", {"order_id": theirs.order_id}, token="nobody").status_code == 401
    mine = OrderTransaction.objects.create_new(make_order(user=kim))
    claim = {"merchant_uid": mine.merchant_uid, "imp_uid": paid}
    assert post("validation", claim).json() == {"merchant_uid": mine.merchant_uid, "status": "ready"}
