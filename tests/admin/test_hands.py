"""The desk looks an operator's name up by the key that the rows hold."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from django_iamport.admin import hands
from django_iamport.models import Cancellation, History, OperatorCall, Refund
from tests.admin.desk import change, hire

pytestmark = pytest.mark.urls("tests.admin.desk")


@pytest.fixture
def kim(db):
    kim = hire()
    kim.first_name, kim.last_name = "Minsu", "Kim"
    kim.save()
    return kim


@pytest.fixture
def refunded(paid, kim):
    paid.cancel(10_000, reason="one cup broke", by=kim)
    paid.cancel(5_000, reason="late", by="batch_7")
    return paid


def test_an_operators_name_is_looked_up_and_other_hands_stay_keys(kim):
    nobody = f"operator:{kim.pk + 1}"
    shown = hands.in_words(
        [f"operator:{kim.pk}", nobody, "operator:abc", "customer:7", "customer", "a:b", ""]
    )
    assert [*shown.values()] == [shown[hand] for hand in shown]
    assert shown == {
        f"operator:{kim.pk}": "Minsu Kim",
        nobody: f"operator {kim.pk + 1}",
        "operator:abc": "operator abc",
        "customer:7": "customer 7",
        "customer": "customer",
        "a:b": "a:b",
        "": "",
    }


def test_a_user_without_a_full_name_is_shown_by_the_username(db):
    assert hands.in_words([f"operator:{hire().pk}"]).popitem()[1] == "kim"


def test_the_payments_page_names_who_refunded(boss, refunded):
    text = boss.get(change(refunded)).content.decode()
    assert text.count("<td>Minsu Kim</td>") >= 3
    assert "<td>batch_7</td>" in text
    assert "operator:" not in text


@pytest.mark.parametrize("model", [Refund, Cancellation, History])
def test_lists_and_pages_of_records_name_who_did_it(boss, refunded, kim, model):
    changelist = f"admin:django_iamport_{model._meta.model_name}_changelist"
    text = boss.get(reverse(changelist)).content.decode()
    assert "Minsu Kim" in text
    row = model.objects.filter(by=f"operator:{kim.pk}").first()
    text = boss.get(change(row)).content.decode()
    assert "Minsu Kim" in text
    assert "operator:" not in text


def test_the_list_and_the_page_of_calls_name_who_answered(boss, rejected, kim):
    rejected.answer_operator("spoke with the customer", by=kim)
    call = OperatorCall.objects.get()
    for address in (reverse("admin:django_iamport_operatorcall_changelist"), change(call)):
        text = boss.get(address).content.decode()
        assert "Minsu Kim" in text
        assert "operator:" not in text


def test_the_names_of_a_list_take_one_query(boss, refunded, kim, django_assert_max_num_queries):
    address = reverse("admin:django_iamport_history_changelist")
    with django_assert_max_num_queries(100) as few:
        boss.get(address)
    for number in range(5):
        other = User.objects.create_user(f"other{number}", is_staff=True)
        History.objects.create(merchant_uid="uid", source="admin", by=f"operator:{other.pk}", event="paid")
    with django_assert_max_num_queries(len(few)):
        assert "other4" in boss.get(address).content.decode()
