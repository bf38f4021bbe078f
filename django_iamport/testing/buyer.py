"""What buyers do in the payment window, and at their bank."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from ..sandbox.rules import Account
from ..sandbox.rules.channels import PAYMENT
from ..sandbox.rules.services import certifications


class Attempt(Protocol):
    """What there is to pay: a transaction of the shop's, or what looks like one."""

    @property
    def merchant_uid(self) -> str: ...
    @property
    def amount(self) -> int | Decimal: ...


class Registration(Protocol):
    """A card that is to be registered: a billing key of the shop's, or what looks like one."""

    @property
    def merchant_uid(self) -> str: ...
    @property
    def customer_uid(self) -> str: ...


class Buyer:
    """Somebody who pays, or doesn't. `transaction` has `merchant_uid`, `amount` and `currency`."""

    account: Account

    def open(
        self,
        transaction: Attempt | None = None,
        *,
        merchant_uid: str | None = None,
        amount: int | Decimal | None = None,
        currency: str | None = None,
        channel: Literal["live", "test"] = "live",
        force: bool = False,
        **request_pay: Any,
    ) -> str:
        """Show the payment window and answer the `imp_uid`.

        `transaction` has `merchant_uid`, `amount` (main unit, won) and `currency`; what is given beside it
        wins. A given amount or currency passes the prepared one by, as a forgery does; `force` also opens a
        window for a `merchant_uid` that was paid. Further parameters of `request_pay` are passed on; with `pg`,
        `channelKey` or `channelGroupId` among them it is that channel which is paid through.
        Raises `Refusal` where the gateway opens no window, LookupError where `use_channels` left no such channel.
        """
        forged = force or amount is not None or currency is not None
        if transaction is not None:
            merchant_uid = merchant_uid or transaction.merchant_uid
            amount = transaction.amount if amount is None else amount
            currency = currency or getattr(transaction, "currency", None)
        named = {"pg", "channelGroupId"} & set(request_pay)
        params = {
            "channelKey": None if named else self._channel_key(test=channel == "test"),
            "merchant_uid": merchant_uid,
            "amount": amount,
            "currency": currency or (None if named else "KRW"),
            **request_pay,
        }
        return str(self.account.open_window(params, enforce=not forged)["imp_uid"])

    def pay(
        self,
        transaction: Attempt | None = None,
        *,
        pay_method: str = "card",
        pg_id: str | None = None,
        customer_uid_usage: str | None = None,
        discount: int | Decimal = 0,
        **opening: Any,
    ) -> str:
        """Open the window and pay; with `vbank`, an account is issued and paid into.

        `discount` (main unit, won) is what a card company's promotion takes off. `pg_id` and
        `customer_uid_usage` are answered as given; everything else is as in `open`.
        """
        imp_uid = self.open(transaction, pay_method=pay_method, **opening)
        if discount:
            self.account.promote(imp_uid, Decimal(discount))
        if pay_method == "vbank":
            self.account.issue_vbank(imp_uid)
            self.account.deposit(imp_uid)
        else:
            self.account.approve(imp_uid)
        facts = {"pg_id": pg_id, "customer_uid_usage": customer_uid_usage}
        self.account.edit(imp_uid, {name: value for name, value in facts.items() if value is not None})
        return imp_uid

    def decline(
        self, transaction: Attempt | None = None, *, reason: str | None = None, **opening: Any
    ) -> str:
        """Open the window and be refused by the card company."""
        imp_uid = self.open(transaction, **opening)
        self.account.decline(imp_uid, reason)
        return imp_uid

    def register_card(
        self, billing_key: Registration, *, card_number: str = "", expiry: str = "2099-12", **opening: Any
    ) -> str:
        """Open the window that registers a card, and give one; the sandbox's test cards behave as their number
        says. `expiry` is `YYYY-MM`; everything else is as in `open`.
        """
        numbers = {"merchant_uid": billing_key.merchant_uid, "customer_uid": billing_key.customer_uid}
        imp_uid = self.open(**{**numbers, "amount": 0, **opening})
        if card_number:
            self.account.pay_by_card(imp_uid, card_number, expiry)
        else:
            self.account.approve(imp_uid)
        return imp_uid

    def close(self, transaction: Attempt | None = None, **opening: Any) -> str:
        """Open the window and press its "cancel"."""
        imp_uid = self.open(transaction, **opening)
        self.account.close(imp_uid)
        return imp_uid

    def issue_account(
        self, transaction: Attempt | None = None, *, bank_code: str = "088", **opening: Any
    ) -> str:
        """Open the window and take a virtual account, which waits for its deposit."""
        imp_uid = self.open(transaction, pay_method="vbank", **opening)
        self.account.issue_vbank(imp_uid, bank_code)
        return imp_uid

    def deposit(self, imp_uid: str) -> None:
        """The buyer transfers the asked sum to the virtual account."""
        self.account.deposit(imp_uid)

    def approve(self, imp_uid: str) -> None:
        """Capture an open window, or a failed one late."""
        self.account.approve(imp_uid)

    def certify(
        self,
        verification: Any,
        *,
        name: str = "김지은",
        birthday: date = date(1995, 3, 14),
        is_male: bool = False,
        phone: str = "01000000000",
        **certification: Any,
    ) -> str:
        """Open the identity window, be verified, and answer the `imp_uid`.

        `verification` has `merchant_uid`. Whoever has the same name, birthday and sex is the same person.
        Further parameters of `IMP.certification` are passed on. Raises LookupError where `use_channels` left no
        channel for identities.
        """
        imp_uid = self.open_identity(verification, **certification)
        person = certifications.Person(name, birthday, is_male, phone, "SKT")
        certifications.certify(self.account.store, imp_uid, person, self.account.clock.unix())
        return imp_uid

    def open_identity(self, verification: Any, **certification: Any) -> str:
        """Show the identity window and answer the `imp_uid`, under which nobody is verified yet."""
        params = {"merchant_uid": verification.merchant_uid, **certification}
        channel = certifications.choose_channel(self.account.channels, params)
        opened = certifications.open_window(self.account.store, channel, params, self.account.clock.unix())
        return str(opened["imp_uid"])

    def _channel_key(self, *, test: bool) -> str:
        """Of the first such channel for payments."""
        for channel in self.account.channels:
            if channel.type == PAYMENT and channel.test == test:
                return channel.key
        raise LookupError(f"the account has no {'test' if test else 'live'} channel for payments")
