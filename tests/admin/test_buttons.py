"""What an operator does about one transaction: ask, return, accept; each refusal in words."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from django_iamport.models import History, Refund
from tests.admin.desk import at_the_desk, change, hire, page, refund_fields
from tests.shop.models import Order, OrderTransaction

pytestmark = pytest.mark.urls("tests.admin.desk")
ACCOUNT = {"bank": "088", "account": "110-123-456789", "holder": "Kim", "tel": ""}


def told(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def cancel_calls(sandbox):
    return [call for call in sandbox.calls if "cancel" in call]


def test_asking_the_gateway_takes_its_news_in_by_name(boss, attempt, iamport_sandbox):
    iamport_sandbox.pay(attempt)
    response = boss.post(page("sync", attempt))
    assert response.headers["Location"] == change(attempt)
    assert told(response) == "The gateway answered: paid."
    assert OrderTransaction.objects.get().status == "paid"
    assert History.objects.filter(source="admin", by=at_the_desk(), event="paid").exists()


def test_asking_is_a_post_with_a_token(boss, paid):
    assert boss.get(page("sync", paid)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = boss.cookies
    for button in ("sync", "refund", "accept"):
        assert strict.post(page(button, paid)).status_code == 403


def test_a_gateway_that_does_not_answer_is_told_in_words(boss, paid, iamport_sandbox):
    iamport_sandbox.fail_next("every", disconnect=True, times=5)
    assert "can't be reached" in told(boss.post(page("sync", paid)))


def test_a_part_is_returned_with_reason_and_name(boss, paid, iamport_sandbox):
    response = boss.post(
        page("refund", paid), refund_fields(boss, paid, amount="20000", reason="one cup broke")
    )
    assert told(response) == "₩20,000 was refunded."
    row = OrderTransaction.objects.get()
    assert (row.status, row.held_amount) == ("paid", 30_000)
    cancellation = row.cancellations.get()
    assert (cancellation.amount, cancellation.reason, cancellation.by) == (
        20_000,
        "one cup broke",
        at_the_desk(),
    )
    text = boss.get(change(row)).content.decode()
    assert "partially refunded" in text
    assert "one cup broke" in text
    assert cancellation.cancellation_id in text
    assert "<td>refund</td>" in text


def test_the_form_proposes_all_that_is_left(boss, paid):
    boss.post(page("refund", paid), refund_fields(boss, paid, amount="20000"))
    response = boss.post(page("refund", paid), refund_fields(boss, paid))
    assert told(response).endswith("₩30,000 was refunded.")
    assert OrderTransaction.objects.get().status == "cancelled"


def test_a_double_click_is_one_refund(boss, paid, iamport_sandbox):
    fields = refund_fields(boss, paid, amount="20000")
    iamport_sandbox.reset_calls()
    assert [told(boss.post(page("refund", paid), fields))[-20:] for _ in range(2)] == [
        "20,000 was refunded."
    ] * 2
    assert len(cancel_calls(iamport_sandbox)) == 1
    assert OrderTransaction.objects.get().cancel_amount == 20_000


def test_a_double_click_on_all_of_it_says_what_became_of_it(boss, paid):
    fields = refund_fields(boss, paid)
    for _ in range(2):
        assert "₩50,000 was refunded." in told(boss.post(page("refund", paid), fields))
    assert Refund.objects.count() == 1


def test_what_another_operator_returned_meanwhile_stops_the_second(boss, paid, iamport_sandbox):
    mine, others = refund_fields(boss, paid, amount="30000"), refund_fields(boss, paid, amount="20000")
    boss.post(page("refund", paid), others)
    iamport_sandbox.reset_calls()
    response = boss.post(page("refund", paid), mine)
    form = response.context["form"]
    assert "Part of the payment was refunded in the meantime." in str(form.non_field_errors())
    assert (form["checksum"].value(), form["confirmed"].value()) == ("30000", False)
    assert form["refund_key"].value() != mine["refund_key"]
    assert cancel_calls(iamport_sandbox) == []


def test_the_gateway_s_refusal_is_shown_in_its_words_and_ours(boss, paid, iamport_sandbox):
    iamport_sandbox.fail_next(
        "payments.cancel", body={"code": 1, "message": "<b>취소 불가</b>", "response": None}
    )
    response = boss.post(page("refund", paid), refund_fields(boss, paid))
    text = response.content.decode()
    assert "The payment provider refused. Message: &lt;b&gt;취소 불가&lt;/b&gt;" in text
    assert OrderTransaction.objects.get().cancel_amount == 0
    assert told(boss.post(page("refund", paid), refund_fields(boss, paid))) == "₩50,000 was refunded."


def test_an_unknown_outcome_is_not_tried_again(boss, paid, iamport_sandbox):
    fields = refund_fields(boss, paid)
    iamport_sandbox.fail_next("payments.cancel", timeout=True, after=True)
    response = boss.post(page("refund", paid), fields)
    assert "did not confirm whether this was carried out" in told(response)
    assert "A refund is in progress." in boss.get(change(paid)).content.decode()
    assert "is in progress" in told(boss.post(page("refund", paid), fields))
    assert Refund.objects.get().status == "unknown"


@pytest.mark.parametrize(
    "fields",
    [
        {"confirmed": ""},
        {"reason": ""},
        {"amount": ""},
        {"amount": "60000"},
        {"amount": "0"},
        {"amount": "1.5"},
    ],
)
def test_a_form_with_something_wrong_returns_nothing(boss, paid, iamport_sandbox, fields):
    wrong = refund_fields(boss, paid, **fields)
    iamport_sandbox.reset_calls()
    response = boss.post(page("refund", paid), wrong)
    assert response.context["form"].errors
    assert cancel_calls(iamport_sandbox) == []


def test_a_deposit_goes_back_to_an_account_that_is_forgotten(boss, attempt, iamport_sandbox, confirm):
    paid = confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank"))
    fields = refund_fields(boss, paid)
    response = boss.post(page("refund", paid), {**fields, **ACCOUNT, "account": "12"})
    assert "Please enter 6 to 20 digits." in response.content.decode()
    assert told(boss.post(page("refund", paid), {**fields, **ACCOUNT})) == "₩50,000 was refunded."
    assert Refund.objects.get().refund_account == ""
    assert "110123456789" not in boss.get(change(paid)).content.decode()


def test_nothing_held_is_nothing_to_return(boss, attempt):
    assert page("refund", attempt) not in boss.get(change(attempt)).content.decode()
    assert told(boss.get(page("refund", attempt))) == "Nothing of this payment is left to refund."


def test_a_rejected_payment_is_accepted_with_a_reason(boss, rejected):
    assert "The order changed after the payment was started." in boss.get(change(rejected)).content.decode()
    fields = {"reason": "spoke with the customer", "confirmed": "on"}
    assert "Accepted" not in boss.post(page("accept", rejected), {"reason": "x"}).content.decode()
    assert OrderTransaction.objects.get().status == "rejected"
    assert told(boss.post(page("accept", rejected), fields)) == "The payment was accepted. The order is paid."
    assert (OrderTransaction.objects.get().status, Order.objects.get().status) == ("paid", "paid")
    noted = History.objects.get(event="accepted")
    assert (noted.reason, noted.by, noted.source) == ("spoke with the customer", at_the_desk(), "admin")
    again = told(boss.post(page("accept", rejected), fields))
    assert again.endswith("This payment has already been accepted.")


def test_a_duplicate_is_not_accepted_while_the_other_one_is_paid(
    boss, paid, iamport_sandbox, confirm, settings
):
    settings.IAMPORT_AUTO_CANCEL = ()
    confirm(imp_uid=iamport_sandbox.pay(paid, force=True))
    duplicate = OrderTransaction.objects.get(status="rejected")
    response = boss.post(page("accept", duplicate), {"reason": "both", "confirmed": "on"})
    assert "Refund that one first." in response.content.decode()
    assert OrderTransaction.objects.get(pk=duplicate.pk).status == "rejected"


def test_play_money_is_not_accepted(boss, attempt, iamport_sandbox, confirm):
    iamport_sandbox.pay(attempt, channel="test")
    row = confirm(attempt)
    assert row.reject_reason == "test_payment"
    assert page("accept", row) not in boss.get(change(row)).content.decode()
    assert "can't be accepted manually" in told(
        boss.post(page("accept", row), {"reason": "x", "confirmed": "on"})
    )


def test_a_wish_that_could_not_be_met_says_why(boss, attempt, iamport_sandbox, confirm):
    iamport_sandbox.fail_next("payments.cancel", body={"code": 1, "message": "취소 불가", "response": None})
    row = confirm(attempt, iamport_sandbox.pay(attempt, amount=100))
    text = boss.get(change(row)).content.decode()
    assert (
        "A refund could not be carried out and needs your attention. The payment provider says: 취소 불가"
        in text
    )
    assert "₩100 was refunded." in told(boss.post(page("refund", row), refund_fields(boss, row)))


@pytest.mark.parametrize(
    ("permissions", "pages"),
    [
        ((), {}),
        (("view_payments",), {"change": 200, "refund": 403, "accept": 403}),
        (("view_ordertransaction",), {"change": 200, "refund": 403, "accept": 403}),
        (("view_payments", "refund_payments"), {"change": 200, "refund": 200, "accept": 403}),
        (("view_payments", "accept_payments"), {"change": 200, "refund": 403, "accept": 200}),
        (("refund_payments", "accept_payments"), {}),
    ],
)
def test_each_button_has_a_permission_of_its_own(client, rejected, permissions, pages):
    client.force_login(hire(*permissions))
    for name in ("change", "refund", "accept"):
        assert client.get(page(name, rejected)).status_code == pages.get(name, 403), name
    assert client.post(page("sync", rejected)).status_code == (302 if pages else 403)
    if "change" in pages:
        text = client.get(change(rejected)).content.decode()
        offered = [page(name, rejected) in text for name in ("refund", "accept")]
        assert offered == [pages["refund"] == 200, pages["accept"] == 200]


def test_customers_have_no_desk(client, paid, django_user_model):
    client.force_login(django_user_model.objects.create_user("customer"))
    for name in ("sync", "refund", "accept"):
        assert client.post(page(name, paid)).status_code == 302
        assert client.post(page(name, paid)).headers["Location"].startswith("/admin/login/")
    assert Refund.objects.count() == 0


def test_an_unknown_transaction_is_not_found(boss, paid):
    for name in ("sync", "refund", "accept"):
        assert boss.post(page(name, paid).replace(str(paid.pk), "999999")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_buttons_work_where_each_request_is_a_transaction(client, attempt, iamport_sandbox, confirm):
    from django.contrib.auth.models import User
    from django.db import connection

    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        client.force_login(User.objects.create_superuser("boss"))
        paid = confirm(attempt, iamport_sandbox.pay(attempt))
        assert "paid" in told(client.post(page("sync", paid)))
        told_last = told(client.post(page("refund", paid), refund_fields(client, paid, amount="1000")))
        assert told_last.endswith("₩1,000 was refunded.")
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
