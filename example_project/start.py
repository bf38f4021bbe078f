"""Makes the database, fills it with demo data, and serves the shop: `python start.py [port] [--reset]`."""

import argparse
import os

import django
from django.core.management import call_command

LOGINS = {"customer": "customer-demo", "operator": "operator-demo"}
OPERATOR = [
    "view_payments",
    "refund_payments",
    "accept_payments",
    "change_accounts",
    "view_order",
    "change_order",
]
OPERATOR += ["view_orderitem", "view_product", "change_product", "view_mail"]
OPERATOR += ["view_identityverification", "erase_identities"]
OPERATOR += ["view_delivery", "register_deliveries"]
OPERATOR += ["issue_cash_receipts", "cancel_cash_receipts"]
OPERATOR += ["view_billingkey", "change_billingkey", "withdraw_billing_keys"]
OPERATOR += ["view_subscription", "manage_subscriptions"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", nargs="?", type=int, default=8000)
    parser.add_argument("--reset", action="store_true", help="delete the old data first")
    arguments = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    os.environ.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
    os.environ["SHOP_PORT"] = str(arguments.port)
    django.setup()

    if arguments.reset:
        reset()
    call_command("migrate", verbosity=0)
    fill()
    address = f"http://127.0.0.1:{arguments.port}/"
    print(f"\n온새미로 Onsaemiro  {address}")
    print(f"  payment gateway   {address}sandbox/")
    print(f"  administration    {address}admin/")
    for username, password in LOGINS.items():
        print(f"  {username:<17} {username} / {password}")
    print(flush=True)
    call_command("runserver", f"127.0.0.1:{arguments.port}", use_reloader=False)


def reset() -> None:
    from django.conf import settings

    for file in settings.DATA_DIR.glob("shop.sqlite3*"):
        file.unlink()


def fill() -> None:
    from django.contrib.auth.models import Permission, User
    from shop.models import Product

    if not Product.objects.exists():
        call_command("loaddata", "demo", verbosity=0)
    if not User.objects.exists():
        User.objects.create_user("customer", "jieun@example.com", LOGINS["customer"], first_name="김지은")
        operator = User.objects.create_user("operator", password=LOGINS["operator"], is_staff=True)
        operator.user_permissions.set(Permission.objects.filter(codename__in=OPERATOR))


if __name__ == "__main__":
    main()
