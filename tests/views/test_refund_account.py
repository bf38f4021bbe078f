"""The customer's page: what goes back, and the account that a deposit is returned to."""

import pytest

from django_iamport.models import Refund
from tests.shop.models import OrderTransaction

FORM = {"bank": "088", "account": "110-123-456789", "holder": "홍길동", "tel": ""}


@pytest.fixture
def attempt(shopper, iamport_sandbox):
    """A deposit over a forged amount, which the shop doesn't want."""
    attempt = shopper.begin()
    iamport_sandbox.deposit(imp_uid := iamport_sandbox.issue_account(attempt, amount=60_000))
    shopper.claim(attempt, imp_uid)
    return OrderTransaction.objects.get()


def post(shopper, attempt, **fields):
    return shopper.client.post(f"/pay/order/complete/{attempt.merchant_uid}/", {**FORM, **fields})


def text(response):
    return response.content.decode()


def there(gateway, attempt):
    return gateway.payment(attempt.imp_uid)["cancel_amount"]


def test_the_page_says_what_goes_back_and_asks_for_the_account(shopper, attempt):
    page = text(shopper.receipt(attempt))

    assert "₩60,000 will be refunded to you." in page
    assert "Which account should we refund it to?" in page
    for field in ("bank", "account", "holder", "tel"):
        assert f'name="{field}"' in page


def test_the_money_goes_to_that_account_which_is_forgotten(shopper, attempt, iamport_sandbox):
    answer = post(shopper, attempt)

    refund = Refund.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/pay/order/complete/{attempt.merchant_uid}/")
    assert (refund.status, refund.refund_account, refund.by) == ("done", "", "customer")
    assert there(iamport_sandbox, attempt) == 60_000
    page = text(shopper.receipt(attempt))
    assert "₩60,000 was refunded to you." in page
    assert "110-123-456789" not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"bank": "999"}, "Select a valid choice"),
        ({"bank": ""}, "This field is required"),
        ({"account": "12"}, "6 to 20 digits"),
        ({"account": "abc"}, "6 to 20 digits"),
        ({"holder": ""}, "This field is required"),
        ({"tel": "x"}, "8 to 15 digits"),
    ],
)
def test_an_account_that_cannot_be_is_shown_again_with_what_is_wrong(
    shopper, attempt, iamport_sandbox, wrong, words
):
    answer = post(shopper, attempt, **wrong)

    assert (answer.status_code, there(iamport_sandbox, attempt)) == (400, 0)
    assert words in text(answer)
    assert not Refund.objects.get().has_account


def test_only_the_owner_may_name_an_account(stranger, attempt, iamport_sandbox):
    assert post(stranger, attempt).status_code == 404
    assert there(iamport_sandbox, attempt) == 0


def test_the_form_needs_its_token(shopper, attempt, iamport_sandbox):
    shopper.client.handler.enforce_csrf_checks = True

    assert post(shopper, attempt).status_code == 403
    assert there(iamport_sandbox, attempt) == 0


def test_what_waits_for_no_account_takes_none(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    attempt.refresh_from_db()

    assert post(shopper, attempt).status_code == 302
    assert (Refund.objects.count(), there(iamport_sandbox, attempt)) == (0, 0)
    assert "returned to you" not in text(shopper.receipt(attempt))


def test_where_the_bank_refuses_it_the_page_asks_again_and_shows_no_number(shopper, attempt, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "계좌오류", "response": None})
    post(shopper, attempt)

    page = text(shopper.receipt(attempt))
    assert "The refund to this account failed." in page
    assert "110" not in page.split("<form")[1]
    assert post(shopper, attempt).status_code == 302
    assert there(iamport_sandbox, attempt) == 60_000


def test_a_gateway_that_is_down_loses_no_account(shopper, attempt, iamport_sandbox):
    iamport_sandbox.fail_next("payments.cancel", timeout=True)

    assert post(shopper, attempt).status_code == 302
    assert Refund.objects.get().has_account


def test_the_banks_are_those_of_the_payment_company(shopper, attempt, iamport_sandbox):
    OrderTransaction._base_manager.update(pg_provider="welcome")

    page = text(shopper.receipt(attempt))
    assert 'value="088"' in page
    assert 'value="011"' not in page
    assert post(shopper, attempt, bank="011").status_code == 400


def test_a_part_that_went_back_is_told(shopper, iamport_sandbox):
    attempt = shopper.begin()
    shopper.claim(attempt, iamport_sandbox.pay(attempt))
    OrderTransaction.objects.get().cancel(10_000, reason="one cup broke")

    assert "₩10,000 was refunded to you." in text(shopper.receipt(attempt))
