"""What keeps a delivery from being registered."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from django_iamport.exceptions import IamportError
from django_iamport.exceptions.texts import Text

__all__ = ["DeliveryIncomplete", "DeliveryOpen", "DeliveryRefused", "EscrowNotPossible"]


class EscrowNotPossible(IamportError):
    """Of this payment no delivery is registered: it isn't in escrow, holds no money, or its payment company takes
    no deliveries, or no changes, through the gateway. Nothing was asked."""

    code = "escrow_not_possible"
    http_status = 409
    message = Text(_("The delivery of this payment can't be registered or changed here."))


class DeliveryIncomplete(IamportError):
    """The payment company demands what is missing: `missing` names it, as `receiver.tel`. Nothing was asked."""

    code = "delivery_incomplete"
    http_status = 400
    message = Text(_("The payment provider needs more details of the delivery."))

    def __init__(self, *args: object, missing: Sequence[str] = ()) -> None:
        super().__init__(*args)
        self.missing = tuple(missing)


class DeliveryOpen(IamportError):
    """The delivery is being registered or changed this moment."""

    code = "delivery_open"
    http_status = 409
    message = Text(_("This delivery is being registered just now. Please look again in a minute."))


class DeliveryRefused(IamportError):
    """The payment company did not take it, or has another one already. `gateway_message` is in its words."""

    code = "delivery_refused"
    http_status = 409
    message = Text(_("The payment provider did not accept the delivery."))

    def __init__(self, *args: object, gateway_message: str = "") -> None:
        super().__init__(*args)
        self.gateway_message = gateway_message
