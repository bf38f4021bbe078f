"""Several chosen payments go back at once: one reason, one confirmation, and each outcome is told."""

import pytest
from django.utils.html import strip_tags

from django_iamport.admin.buttons import several
from django_iamport.models import Refund
from tests.admin.desk import at_the_desk, hire, page
from tests.admin.test_buttons import told
from tests.shop.models import OrderTransaction

pytestmark = pytest.mark.urls("tests.admin.desk")


@pytest.fixture
def pay(make_order, iamport_sandbox, confirm):
    def pay(**how):
        attempt = OrderTransaction.objects.create_new(make_order())
        return confirm(attempt, iamport_sandbox.pay(attempt, **how))

    return pay


def choose(client, *rows):
    chosen = {"action": "refund_selected", "_selected_action": [row.pk for row in rows], "index": 0}
    return client.post(page("changelist"), chosen)


def fields_of(response, **changed):
    form = response.context["form"]
    once = {field.html_name: field.value() for field in form.hidden_fields()}
    return {"reason": "recalled", "confirmed": "on", **once, **changed}


def outcomes(response):
    lines = response.context["lines"]
    return {row.pk: (strip_tags(badge), amount) for row, _url, badge, amount, _note in lines}


def test_each_outcome_is_told_and_one_refusal_stops_no_other(boss, pay, iamport_sandbox):
    first, second, third = pay(), pay(), pay()
    third.cancel(10_000, reason="part")
    address = choose(boss, first, second, third).headers["Location"]
    fields = fields_of(boss.get(address))
    refusal = {"code": 1, "message": "취소 불가", "response": None}
    iamport_sandbox.fail_next("payments.cancel", body=refusal)
    response = boss.post(address, fields)
    assert outcomes(response) == {
        first.pk: ("not refunded", "₩50,000"),
        second.pk: ("refunded", "₩50,000"),
        third.pk: ("refunded", "₩40,000"),
    }
    assert "취소 불가" in response.content.decode()
    done = Refund.objects.filter(status="done", reason="recalled")
    assert {refund.by for refund in done} == {at_the_desk()}
    assert done.count() == 2


def test_sent_twice_each_goes_back_once(boss, pay, iamport_sandbox):
    rows = [pay(), pay()]
    address = choose(boss, *rows).headers["Location"]
    fields = fields_of(boss.get(address))
    iamport_sandbox.reset_calls()
    for _ in range(2):
        assert [word for word, _sum in outcomes(boss.post(address, fields)).values()] == ["refunded"] * 2
    assert len([call for call in iamport_sandbox.calls if "cancel" in call]) == 2


def test_what_somebody_refunded_a_part_of_meanwhile_is_left(boss, pay):
    row = pay()
    address = choose(boss, row).headers["Location"]
    fields = fields_of(boss.get(address))
    row.cancel(10_000, reason="part")
    response = boss.post(address, fields)
    assert "Part of the payment was refunded in the meantime." in response.content.decode()
    assert OrderTransaction.objects.get().held_amount == 40_000


def test_without_reason_and_confirmation_nothing_goes_back(boss, pay, iamport_sandbox):
    address = choose(boss, pay()).headers["Location"]
    fields = fields_of(boss.get(address))
    iamport_sandbox.reset_calls()
    for wrong in ({"reason": ""}, {"confirmed": ""}):
        assert boss.post(address, {**fields, **wrong}).context["form"].errors
    assert iamport_sandbox.calls == []


def test_what_can_not_go_back_here_says_why(boss, pay, attempt):
    deposit = pay(pay_method="vbank")
    response = boss.get(choose(boss, deposit, attempt).headers["Location"])
    text = response.content.decode()
    assert "Needs the customer’s account" in text
    assert "Nothing of this payment is left to refund." in text
    assert response.context["form"] is None


def test_a_refund_needs_its_permission_and_too_many_are_refused(boss, client, pay, monkeypatch):
    rows = [pay(), pay()]
    monkeypatch.setattr(several, "MOST", 1)
    assert "At most 1 payments" in told(choose(boss, *rows))
    address = page("refund_several") + f"?pk={rows[0].pk}"
    client.force_login(hire("view_payments"))
    assert "refund_selected" not in client.get(page("changelist")).content.decode()
    assert client.get(address).status_code == 403
    assert client.post(address, {"reason": "x", "confirmed": "on"}).status_code == 403
