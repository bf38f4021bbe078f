"""Of a shop that an earlier version made; the first database is its own, the second one is new."""

SECRET_KEY = "released"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django_iamport",
    "django_iamport.contrib.billing",
    "django_iamport.contrib.cash_receipts",
    "django_iamport.contrib.escrow",
    "django_iamport.contrib.identity_verification",
    "django_iamport.contrib.subscriptions",
    "shop",
]
DATABASES = {
    alias: {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{alias}.sqlite3"}
    for alias in ("default", "fresh")
}
ROOT_URLCONF = "django_iamport.urls"
IAMPORT_MERCHANT_UID_PREFIX = "shop"
IAMPORT_TRANSACTION_MODEL = "shop.OrderTransaction"
