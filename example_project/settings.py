"""A shop's usual settings; what django_iamport needs stands at the end."""

import os
from pathlib import Path

import django
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("SHOP_DATA", BASE_DIR / "data"))
DATA_DIR.mkdir(parents=True, exist_ok=True)
PORT = os.environ.get("SHOP_PORT", "8000")

DEBUG = True  # a live shop: False; the offline gateway then no longer answers
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

_secret_key_file = DATA_DIR / "secret_key"
if not _secret_key_file.exists():
    _secret_key_file.write_text(get_random_secret_key())
SECRET_KEY = _secret_key_file.read_text()

INSTALLED_APPS = [
    "shop",  # before the others: its templates replace theirs
    "django_iamport",
    # what a shop needs of these
    "django_iamport.contrib.billing",
    "django_iamport.contrib.cash_receipts",
    "django_iamport.contrib.escrow",
    "django_iamport.contrib.identity_verification",
    "django_iamport.contrib.subscriptions",
    "django_iamport.sandbox",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware"
    if django.VERSION >= (6, 0)
    else "shop.csp.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.cart.cart",
            ],
        },
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "shop.sqlite3",
        # A customer's browser and the webhook write at the same moment: let one wait for the other.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=normal;",
        },
    },
}
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", "한국어"), ("en", "English")]
TIME_ZONE = "Asia/Seoul"
STATIC_URL = "static/"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "product_list"

# The real gateway needs more of it: see the table in docs/csp.md.
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "frame-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'self'"],
}

IAMPORT_TRANSACTION_MODEL = "shop.OrderTransaction"
IAMPORT_KEY = "sandbox-key"
IAMPORT_SECRET = "sandbox-secret"  # noqa: S105 - the sandbox's; a shop reads its own from the environment
IAMPORT_MERCHANT_CODE = "imp00000000"
IAMPORT_MERCHANT_UID_PREFIX = "demo"
IAMPORT_SITE_URL = f"http://127.0.0.1:{PORT}"
# What the buttons name; a shop's own keys stand in the gateway's console.
_KEY = "channel-key-00000000-0000-4000-8000-0000000000"
IAMPORT_CHANNELS = {
    "identity": {"channelKey": f"{_KEY}03", "pg_provider": "danal"},
    "card": {"channelKey": f"{_KEY}01"},
    "escrow": {"channelKey": f"{_KEY}01", "pay_method": "trans", "escrow": True},
    "kakaopay": {"channelKey": f"{_KEY}11", "pay_method": "kakaopay", "pg_provider": "kakaopay"},
    "naverpay": {"channelKey": f"{_KEY}05", "pay_method": "naverpay", "pg_provider": "naverpay"},
}
IAMPORT_ESCROW_SENDER = {"name": "온새미로", "tel": "02-1", "postcode": "04524", "addr": "세종대로 110"}
# The offline gateway that comes with the package. A live shop leaves these two lines out.
IAMPORT_API_URL = f"{IAMPORT_SITE_URL}/sandbox/api"
IAMPORT_SDK_URL = "/sandbox/iamport.js"
IAMPORT_SANDBOX_SHOP_NAME = "온새미로"
