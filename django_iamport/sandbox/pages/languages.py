"""Which of the sandbox's two languages a request speaks."""

from django.http import HttpRequest
from django.utils.translation import get_language_from_request

LANGUAGES = ("ko", "en")


def language_of(request: HttpRequest, wanted: object = None) -> str:
    """`wanted` where it is `ko` or `en`, else what cookie and `Accept-Language` prefer, else `en`."""
    if wanted in LANGUAGES:
        return str(wanted)
    return "ko" if get_language_from_request(request).startswith("ko") else "en"
