"""What an operator does about accounts: void or change one, return money by transfer, ask for another one."""

import types
from datetime import timedelta

import pytest
from django.test.utils import override_settings
from django.urls import path
from django.utils import timezone

from django_iamport.models import History, Refund
from django_iamport.rules.dates import KST
from tests.admin.desk import at_the_desk, change, hire, page, site
from tests.admin.test_buttons import told
from tests.shop.models import Order, OrderTransaction

pytestmark = pytest.mark.urls("tests.admin.desk")
REFUSAL = {"code": 1, "message": "말소 불가", "response": None}
TRANSFER = {"proof": "KB transfer 4711", "reason": "called him", "confirmed": "on"}


@pytest.fixture
def waiting(attempt, iamport_sandbox, confirm):
    return confirm(attempt, iamport_sandbox.issue_account(attempt))


@pytest.fixture
def unwanted(attempt, iamport_sandbox, confirm):
    """A deposit that no order wants, and for which no account is known."""
    return confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank", amount=60_000))


def test_a_waiting_account_is_voided_with_reason_and_name(boss, waiting):
    assert waiting.vbank_num in boss.get(page("void", waiting)).content.decode()
    assert "This field is required." in boss.post(page("void", waiting), {"reason": "x"}).content.decode()
    assert OrderTransaction.objects.get().is_awaiting_deposit
    response = boss.post(page("void", waiting), {"reason": "ordered by mistake", "confirmed": "on"})
    assert told(response) == "The virtual account was voided."
    assert OrderTransaction.objects.get().status == "cancelled"
    noted = History.objects.get(event="void_wanted")
    assert (noted.reason, noted.by) == ("ordered by mistake", at_the_desk())
    again = told(boss.get(page("void", waiting)))
    assert again.endswith("No virtual account is waiting for a deposit here.")
    assert page("void", waiting) not in boss.get(change(waiting)).content.decode()


def test_a_refused_void_is_told_in_the_provider_s_words(boss, waiting, iamport_sandbox):
    iamport_sandbox.fail_next("vbanks.void", body=REFUSAL)
    response = boss.post(page("void", waiting), {"reason": "mistake", "confirmed": "on"})
    assert told(response) == "The virtual account could not be voided. 말소 불가"


def test_a_deposit_that_came_meanwhile_is_not_voided(boss, waiting, iamport_sandbox):
    iamport_sandbox.deposit(waiting.imp_uid)
    response = boss.post(page("void", waiting), {"reason": "mistake", "confirmed": "on"})
    assert told(response) == "The deposit had arrived already. The account was not voided."
    assert OrderTransaction.objects.get().status == "paid"


def test_a_waiting_account_gets_more_time_and_the_order_s_amount(boss, waiting):
    Order.objects.update(amount=40_000)
    day = (timezone.now().astimezone(KST) + timedelta(days=20)).date()
    assert "₩40,000" in boss.get(page("account", waiting)).content.decode()
    response = boss.post(page("account", waiting), {"due": day.isoformat()})
    assert told(response) == "The virtual account was changed."
    row = OrderTransaction.objects.get()
    assert (row.amount, row.get_vbank_due()) == (40_000, f"{day} 23:59 (KST)")
    assert History.objects.get(event="account_changed").by == at_the_desk()


def test_a_day_that_is_over_and_a_refusal_change_nothing(boss, waiting, iamport_sandbox):
    yesterday = (timezone.now().astimezone(KST) - timedelta(days=1)).date()
    response = boss.post(page("account", waiting), {"due": yesterday.isoformat()})
    assert "This day is over." in response.content.decode()
    iamport_sandbox.fail_next("vbanks.change", body=REFUSAL)
    tomorrow = (timezone.now().astimezone(KST) + timedelta(days=1)).date()
    response = boss.post(page("account", waiting), {"due": tomorrow.isoformat()})
    assert "The payment provider refused. Message: 말소 불가" in response.content.decode()
    assert OrderTransaction.objects.get().vbank_date == waiting.vbank_date


def test_a_refund_made_by_bank_transfer_is_closed_with_its_proof(boss, unwanted):
    assert page("transferred", unwanted) in boss.get(change(unwanted)).content.decode()
    assert "₩60,000" in boss.get(page("transferred", unwanted)).content.decode()
    response = boss.post(page("transferred", unwanted), {**TRANSFER, "proof": ""})
    assert response.context["form"].errors
    assert Refund.objects.get().status == "needs_operator"
    response = boss.post(page("transferred", unwanted), TRANSFER)
    assert told(response) == "The refund was closed: the money was returned by bank transfer."
    text = boss.get(change(unwanted)).content.decode()
    assert "The money was returned by bank transfer; the gateway still shows the payment." in text
    assert "KB transfer 4711" in text
    for name in ("refund", "accept", "transferred", "ask_account"):
        assert page(name, unwanted) not in text
    listed = boss.get(page("changelist"), {"attention": "held"}).context["cl"]
    assert listed.result_count == 0
    assert told(boss.post(page("transferred", unwanted), TRANSFER)).endswith("is waiting here.")


def test_the_customer_is_asked_for_another_account(boss, client, unwanted):
    text = boss.get(change(unwanted)).content.decode()
    assert unwanted.get_refund_account_url()[:40] in text
    response = boss.post(page("ask_account", unwanted))
    assert "asks for an account again" in told(response)
    assert History.objects.get(event="refund_account_asked").by == at_the_desk()
    assert boss.get(page("ask_account", unwanted)).status_code == 405


def test_a_desk_on_a_site_of_its_own_offers_no_page_that_is_not_there(boss, unwanted):
    alone = types.ModuleType("desk_alone")
    alone.urlpatterns = [path("admin/", site.urls)]
    with override_settings(ROOT_URLCONF=alone):
        assert page("ask_account", unwanted) not in boss.get(change(unwanted)).content.decode()
        assert boss.post(page("ask_account", unwanted)).status_code == 403


@pytest.mark.parametrize(
    ("permissions", "accounts", "refunds"),
    [
        (("view_payments",), 403, 403),
        (("view_payments", "change_accounts"), 200, 403),
        (("view_payments", "refund_payments"), 403, 200),
        (("change_accounts", "refund_payments"), 403, 403),
    ],
)
def test_accounts_and_refunds_have_permissions_of_their_own(
    client, waiting, make_order, iamport_sandbox, confirm, permissions, accounts, refunds
):
    other = OrderTransaction.objects.create_new(make_order())
    unwanted = confirm(other, iamport_sandbox.pay(other, pay_method="vbank", amount=100))
    client.force_login(hire(*permissions))
    for name in ("void", "account"):
        assert client.get(page(name, waiting)).status_code == accounts, name
    assert client.get(page("transferred", unwanted)).status_code == refunds
    assert client.post(page("ask_account", unwanted)).status_code == (302 if refunds == 200 else 403)
    if "view_payments" in permissions:
        text = client.get(change(waiting)).content.decode()
        assert [page(name, waiting) in text for name in ("void", "account")] == [accounts == 200] * 2
        text = client.get(change(unwanted)).content.decode()
        assert ("/refund_account/" in text or "refund/account" in text) == (refunds == 200)
    assert OrderTransaction.objects.get(pk=waiting.pk).is_awaiting_deposit
