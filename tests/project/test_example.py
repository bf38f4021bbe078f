"""The example, which is read as a tutorial: short files, and pages that nobody plans to see."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "example_project"
PAGE = 120
MADE_BY_DJANGO = {"migrations", "locale", "fixtures"}

# In a process of its own, for the settings are its own; with DEBUG off, as in a live shop.
LOOK_AT_PAGES = """
import json
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
setup_test_environment(debug=False)
call_command("migrate", verbosity=0)
from shop.views import ProductList
answers = {}
for status, path in (("404", "/nothing/"), ("500", "/")):
    if status == "500":
        ProductList.get_queryset = None
    for language in ("en", "ko"):
        client = Client(raise_request_exception=False, headers={"accept-language": language})
        response = client.get(path)
        policy = response.headers["Content-Security-Policy"]
        answers[f"{status} {language}"] = [response.status_code, policy, response.content.decode()]
print(json.dumps(answers))
"""


# A customer of each language pays for two things, and gets the money of one of them back.
SELL_AND_REFUND = """
import django
django.setup()
from django.core.management import call_command
from django.utils import translation
from django_iamport.testing import sandbox
from shop.models import Order, OrderItem, OrderTransaction, Product
from shop.outbox import Mail
call_command("migrate", verbosity=0)
call_command("loaddata", "demo", verbosity=0)
tea = Product.objects.get(slug="green-tea")
stock = lambda: Product.objects.get(pk=tea.pk).stock - tea.stock
with sandbox() as gateway:
    for language in ("ko", "en"):
        with translation.override(language):
            order = Order.objects.create(name=language, amount=2 * tea.price, email=f"{language}@example.com")
            OrderItem.objects.create(order=order, product=tea, name=tea.name, price=tea.price, quantity=2)
            attempt = OrderTransaction.objects.create_new(order)
        row = OrderTransaction.objects.confirm(imp_uid=gateway.pay(attempt), source="webhook")
        print(language, stock(), end=" ")
    row.cancel(tea.price, reason="one of two")
    print("part", stock(), end=" ")
    row.cancel(reason="the other")
    print("all", stock(), Order.objects.get(name="en").status)
for mail in Mail.objects.order_by("pk"):
    print(mail.to, mail.subject)
"""


def look(folder: Path, script: str) -> str:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings",
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, EXAMPLE))),
        "PYTHONIOENCODING": "utf-8",
        "SHOP_DATA": str(folder),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, check=True, cwd=folder
    )
    return done.stdout.decode()


@pytest.fixture(scope="module")
def error_pages(tmp_path_factory):
    return json.loads(look(tmp_path_factory.mktemp("shop"), LOOK_AT_PAGES))


@pytest.mark.once
@pytest.mark.parametrize(
    ("status", "language", "words"),
    [
        (404, "en", "This page does not exist."),
        (404, "ko", "없는 페이지입니다."),
        (500, "ko", "잠시 문제가 생겼습니다."),
        (500, "en", "Something went wrong."),
    ],
)
def test_an_error_has_a_page_of_the_shop_with_the_policy(error_pages, status, language, words):
    answered, policy, page = error_pages[f"{status} {language}"]
    assert answered == status
    assert policy.startswith("default-src 'self'")
    assert words in page
    assert "shop.css" in page


@pytest.mark.once
def test_what_is_refunded_goes_back_into_stock_once_and_mail_speaks_the_customers_language(tmp_path):
    stock, *mails = look(tmp_path, SELL_AND_REFUND).splitlines()
    assert stock == "ko -2 en -4 part -4 all -2 refunded"
    assert mails == [
        "ko@example.com [ko] 결제해 주셔서 감사합니다",
        "en@example.com en: thank you, your payment has arrived",
        "en@example.com en: your money was refunded",
    ]


def test_every_file_is_a_page_long_at_most():
    written = [
        file
        for suffix in ("py", "html", "css")
        for file in EXAMPLE.rglob(f"*.{suffix}")
        if not MADE_BY_DJANGO & set(file.parts)
    ]
    assert written
    long = {file.name: length for file in written if (length := len(file.read_text().splitlines())) > PAGE}
    assert long == {}


# Somebody subscribes to a tea, pays for the first box with a new card, and a month goes by.
SUBSCRIBE = """
import datetime
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone
from django_iamport.testing import sandbox
from shop.cards import BillingKey
from shop.subscriptions import Subscription
call_command("migrate", verbosity=0)
call_command("loaddata", "demo", verbosity=0)
setup_test_environment(debug=False)
user = User.objects.create_user("kim", "kim@example.com")
client = Client(headers={"accept-language": "ko"})
client.force_login(user)
delivery = {"recipient": "김", "email": "kim@example.com", "phone": "010-1234-5678", "postcode": "03000"}
with sandbox() as gateway:
    page = "/products/green-tea/subscribe/"
    print(client.get(page).status_code, client.get("/products/moon-jar/subscribe/").status_code)
    first_box = client.post(page, {**delivery, "address": "서울"}).headers["Location"]
    print("카드를 등록하고 결제하기" in client.get(first_box).content.decode())
    card = BillingKey.objects.create_new(user)
    gateway.register_card(card)
    card.confirm()
    card.make_default()
    subscription = Subscription.objects.get()
    print(subscription.pay(), client.get(f"/subscriptions/{subscription.subscription_uid}/").status_code)
    later = timezone.now() + datetime.timedelta(days=32)
    gateway.tick(days=32)
    timezone.now = lambda: later
    call_command("iamport_renew")
    columns = ("status", "order__recipient", "order__items__name")
    print(*subscription.renewals.order_by("number").values_list(*columns))
"""


@pytest.mark.once
def test_a_tea_subscription_is_paid_month_by_month(tmp_path):
    told = look(tmp_path, SUBSCRIBE)
    assert told.splitlines() == [
        "200 404",
        "True",
        "True 200",
        "begin: 1",
        "charged_paid: 1",
        "('paid', '김', '하동 첫물 녹차') ('paid', '김', '하동 첫물 녹차')",
    ]
