"""The gateway's notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from django_iamport.exceptions import IamportError
from django_iamport.signals.monitoring import timed
from django_iamport.views.base import JsonView
from django_iamport.webhooks import events, intake

# Another delivery of these would be refused, too.
CAN_NEVER_BE_READ = ("malformed_request", "body_too_large", "method_not_allowed")


class WebhookView(JsonView):
    """A notice is a hint, whereupon the gateway is asked; of its body only the two ids are read, and what else it
    says where an app listens for it.

    Answers 200 when the news is stored or none of our business, and 5xx where another delivery would help.
    """

    is_for_the_gateway = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        merchant_uid, imp_uid, event = self.text("merchant_uid"), self.imp_uid(), self.data.get("event")
        with timed("iamport.webhook") as tags:
            tags["outcome"] = status = intake.receive(merchant_uid, imp_uid)
            if isinstance(event, str) and status != intake.IGNORED:
                events.hear(event, merchant_uid, imp_uid, self.data.get("extra"))
        return JsonResponse({"status": status})

    def answer_error(self, error: IamportError) -> HttpResponse:
        response = super().answer_error(error)
        if error.code not in CAN_NEVER_BE_READ and response.status_code < 500:
            response.status_code = 503
        return response
