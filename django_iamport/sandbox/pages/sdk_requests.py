"""What `iamport.js` asks, in JSON."""

import json
from decimal import Decimal
from typing import Any

from django.http import HttpRequest


def values_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body, empty where there is none."""
    try:
        asked = json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return asked if isinstance(asked, dict) else {}
