"""What every payment window has: the practice part, which says what is to become of the payment."""

from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..delivery import queue
from ..rules import Account
from ..rules.refusals import DECLINED, NOT_AUTHORISED, PG_DOWN
from ..state.stores import Row

OUTCOMES = {
    "approve": _("The payment is approved"),
    "decline": _("The card company declines"),
    "pg_down": _("The payment provider is down"),
    "lost": _("Approved, but the connection is lost: the shop's page gets no result"),
}
NEWS = {
    "any": _("page and webhook in any order"),
    "webhook_first": _("the webhook first, then the page"),
    "page_first": _("the page first, the webhook five seconds later"),
}
PAGE_FIRST_SECONDS = 5
WITH_CARD = "card"


class Chosen(forms.ChoiceField):
    """One of what is offered. The page draws it by itself, so that no form needs a widget of its own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "Chosen":
        return copy(self)


class PracticeForm(forms.Form):
    """A window's form; a subclass says what is paid with."""

    outcome = Chosen(choices=OUTCOMES.items(), required=False)
    news = Chosen(choices=NEWS.items(), required=False)

    def __init__(self, payment: Row, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.payment = payment

    def offer(self, **offered: dict[Any, Any]) -> None:
        """What this payment leaves to choose from."""
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = list(choices.items())

    @property
    def chosen_method(self) -> str:
        """With what the buyer pays."""
        raise NotImplementedError

    @property
    def is_to_be_approved(self) -> bool:
        """Whether money is to be captured: not an account that is issued, not a payment that fails."""
        return self.cleaned_data["outcome"] not in ("decline", "pg_down") and self.chosen_method != "vbank"

    def execute(self, account: Account) -> None:
        """Let the gateway do what was chosen. Raises Refusal where the window is over."""
        imp_uid = self.payment["imp_uid"]
        with account.store.exclusive():
            if self.cleaned_data["outcome"] == "pg_down":
                account.decline(imp_uid, PG_DOWN)
            elif self.cleaned_data["outcome"] == "decline":
                account.decline(imp_uid, DECLINED if self.chosen_method == WITH_CARD else NOT_AUTHORISED)
            else:
                self.pay(account, imp_uid)
            if self.cleaned_data["news"] == "page_first":
                queue.delay_until(account.store, imp_uid, account.clock.unix() + PAGE_FIRST_SECONDS)

    def pay(self, account: Account, imp_uid: str) -> None:
        raise NotImplementedError
