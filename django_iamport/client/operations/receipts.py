"""Cash receipts, for payments and for sales outside of the gateway; sales slips of several sellers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django_iamport.client.http.answer import Answer, DecidingText, reader
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack
from django_iamport.client.http.wire import Amount


@dataclass(frozen=True, slots=True, repr=False)
class Receipt(Answer):
    """A cash receipt, in won: of a payment (`imp_uid`), or of an outside sale (`merchant_uid`)."""

    repr_fields = ("imp_uid", "merchant_uid", "type", "amount", "vat", "applied_at", "cancelled_at")
    imp_uid: DecidingText
    merchant_uid: DecidingText
    receipt_tid: str | None
    apply_num: str | None
    type: str | None
    amount: Amount | None
    vat: Amount | None
    receipt_url: str | None
    applied_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True, repr=False)
class SalesSlip(Answer):
    """Where the buyer can read the sales slip."""

    receipt_url: str | None


class _Seller(TypedDict):
    business_registration_number: str
    company_name: str
    amount: Amount


class Seller(_Seller, total=False):
    """One seller's part of a payment, in won, with its tax-free part and its tax."""

    tax_free: Amount
    vat_amount: Amount


class ReceiptFields(Options, total=False):
    """For whom a cash receipt is.

    `identifier_type` says what `identifier` is (`person`, `business`, `phone`, `taxcard`; KICC, Hecto and
    NicePay need it), `type` whether it is for a `person` (the default) or a `company`; `product_type` is `real`
    or `digital`. `tax_free` and `vat_amount` are parts of the amount, in won.
    """

    product_type: str | None
    identifier_type: str | None
    type: str | None
    corp_reg_no: str | None
    buyer_name: str | None
    buyer_email: str | None
    buyer_tel: str | None
    tax_free: Amount | None
    vat_amount: Amount | None


read_receipt = reader(Receipt)

OF_PAYMENT, OUTSIDE = "/receipts/{imp_uid}", "/receipts/external/{merchant_uid}"
FIND = Operation("receipts.find", "GET", OF_PAYMENT, read_receipt)
ISSUE = Operation("receipts.issue", "POST", OF_PAYMENT, read_receipt, options=ReceiptFields)
CANCEL = Operation("receipts.cancel", "DELETE", OF_PAYMENT, read_receipt)
FIND_EXTERNAL = Operation("receipts.find_external", "GET", OUTSIDE, read_receipt)
ISSUE_EXTERNAL = Operation("receipts.issue_external", "POST", OUTSIDE, read_receipt, options=ReceiptFields)
CANCEL_EXTERNAL = Operation("receipts.cancel_external", "DELETE", OUTSIDE, read_receipt)
ISSUE_SLIP = Operation("partners.issue", "POST", "/partners/receipts/{imp_uid}", reader(SalesSlip))


class Receipts(Group):
    """Issuing and cancelling raise OutcomeUnknown where it may have happened: then `find` the receipt."""

    def find(self, imp_uid: str, **options: Unpack[Options]) -> Receipt:
        """The cash receipt of a payment. Raises NotFound, or another GatewayError."""
        return self._call(FIND, locals())

    def issue(
        self,
        imp_uid: str,
        identifier: str,
        *,
        company_tel: str | None = None,
        company_name: str | None = None,
        vat: Amount | None = None,
        **options: Unpack[ReceiptFields],
    ) -> Receipt:
        """Issue a cash receipt for what is left of a paid transfer or deposit.

        `identifier` is a telephone, resident or business number, or a tax card. `ReceiptFields` has the other
        parameters; `vat` is the deprecated form of `tax_free`.

        Raises Refused where it isn't paid, has a receipt already, or the payment company issues none, or
        another GatewayError.
        """
        return self._call(ISSUE, locals())

    def cancel(self, imp_uid: str, **options: Unpack[Options]) -> Receipt:
        """Cancel the cash receipt of a payment. Raises Refused where there is none, or another GatewayError."""
        return self._call(CANCEL, locals())

    def find_external(self, merchant_uid: str, **options: Unpack[Options]) -> Receipt:
        """The cash receipt of an outside sale. Raises NotFound, or another GatewayError."""
        return self._call(FIND_EXTERNAL, locals())

    def issue_external(
        self,
        merchant_uid: str,
        channel_key: str,
        name: str,
        amount: Amount,
        identifier: str,
        *,
        pay_method: str | None = None,
        **options: Unpack[ReceiptFields],
    ) -> Receipt:
        """Issue a cash receipt for a sale of `amount` won that the gateway has nothing to do with.

        `name` is what was sold, `identifier` as in `issue`, `pay_method` `trans` or `vbank`. `ReceiptFields` has
        the other parameters.

        Raises Refused where there is one already, or the payment company issues none, or another GatewayError.
        """
        return self._call(ISSUE_EXTERNAL, locals())

    def cancel_external(self, merchant_uid: str, **options: Unpack[Options]) -> Receipt:
        """Cancel the cash receipt of an outside sale. Raises NotFound, Refused, or another GatewayError."""
        return self._call(CANCEL_EXTERNAL, locals())


class Partners(Group):
    def issue(self, imp_uid: str, data: Sequence[Seller], **options: Unpack[Options]) -> SalesSlip:
        """Put the parts of several sellers onto a payment's sales slip (Inicis).

        Raises NotFound, Refused where the payment company has no such slips, OutcomeUnknown where it may have
        happened, or another GatewayError.
        """
        return self._call(ISSUE_SLIP, locals())
