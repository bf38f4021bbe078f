"""One family of errors: stable codes, a text for people each, plain English for logs."""

import inspect
import pickle
import re
import sys

import pytest
from django.utils.translation import gettext_lazy, override

from django_iamport import exceptions
from django_iamport.client import errors
from django_iamport.exceptions import MESSAGES, IamportError

pytestmark = pytest.mark.on_each_pair

BASES = {errors.IamportError, errors.GatewayError}


def family(root: type[IamportError] = IamportError) -> list[type[IamportError]]:
    return [root, *(found for child in root.__subclasses__() for found in family(child))]


CLASSES = sorted(
    {c for c in family() if c.__module__.startswith("django_iamport.")} - BASES, key=lambda c: c.code
)


def make(error):
    return error({"name": ["is missing"]}) if error is exceptions.FormInvalid else error("What happened.")


def test_every_class_has_a_code_of_its_own():
    assert len({c.code for c in CLASSES}) == len(CLASSES)
    assert all("code" in vars(c) for c in CLASSES)


def test_the_table_holds_the_texts_of_the_clients_errors_and_every_other_class_its_own():
    of_the_client = {c for c in CLASSES if c.__module__ == errors.__name__}
    assert {c.code for c in of_the_client} == set(MESSAGES)
    assert {c for c in CLASSES if "message" in vars(c)} == set(CLASSES) - of_the_client


def test_every_class_is_exported():
    public = {c for _, c in inspect.getmembers(exceptions, inspect.isclass) if issubclass(c, Exception)}
    assert {c.__name__ for c in public} == set(exceptions.__all__)
    # What only some shops need has a module of its own.
    of_contrib = {c for c in CLASSES if c.__module__.startswith("django_iamport.contrib.")}
    assert set(CLASSES) - of_contrib <= public
    assert {c for c in of_contrib if c.__name__ not in sys.modules[c.__module__].__all__} == set()


@pytest.mark.parametrize("error", CLASSES, ids=lambda c: c.code)
class TestEach:
    def test_its_text_for_people_is_translated_when_it_is_read(self, error):
        made = make(error)
        with override("en"):
            english = made.message
        with override("ko"):
            korean = made.message
        assert english.isascii()
        assert english != str(made)
        assert re.search("[가-힣]", korean)
        assert [type(english), type(korean)] == [str, str]

    def test_its_text_for_logs_is_plain_english(self, error):
        with override("ko"):
            assert str(make(error)).isascii()

    def test_its_status_is_one_of_http(self, error):
        assert error.http_status in {400, 401, 403, 404, 405, 409, 413, 429, 500, 502, 503}

    def test_it_survives_a_queue(self, error):
        before = make(error)
        after = pickle.loads(pickle.dumps(before))
        assert (type(after), str(after), vars(after)) == (type(before), str(before), vars(before))

    def test_it_says_what_it_means(self, error):
        assert (error.__doc__ or "").strip()


def test_what_a_retry_helps_is_5xx_and_what_it_does_not_is_4xx():
    temporary = {c.code for c in CLASSES if c.http_status == 503}
    assert {"gateway_unreachable", "gateway_timeout", "outcome_unknown", "payment_unknown"} <= temporary
    assert {"receiver_failed", "busy", "gateway_rate_limit", "gateway_unexpected_answer"} <= temporary
    assert not {"order_paid", "order_closed", "not_payable", "not_found", "form_invalid"} & temporary


def test_a_refusal_of_the_shop_keeps_its_reason_and_wish_through_a_queue():
    refusal = pickle.loads(pickle.dumps(exceptions.RejectPayment("sold_out", refund=False)))
    assert (refusal.reason, refusal.refund) == ("sold_out", False)
    assert exceptions.RejectPayment("x" * 100).reason == "x" * 40
    assert exceptions.RejectPayment("").reason


def test_a_closed_order_says_the_shops_reason_where_it_gave_one():
    with override("en"):
        assert exceptions.OrderClosed("", text=gettext_lazy("Paid")).message == "Paid"
    with override("ko"):
        assert exceptions.OrderClosed("").message.startswith("더 이상 결제할 수 없는 주문입니다.")


def test_an_empty_cart_is_told_as_one():
    with override("ko"):
        assert (
            exceptions.NotPayable("", text=gettext_lazy("Your cart is empty.")).message
            == "장바구니가 비어 있습니다."
        )
        assert exceptions.NotPayable("").message == exceptions.NotPayable.message


def test_an_error_without_a_translation_speaks_english():
    class Other(IamportError):
        code = "other"

    assert Other("What happened.").message == "What happened."
