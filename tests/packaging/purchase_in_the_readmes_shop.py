"""The `tests.py` of the shop that is made from the README: one purchase at the sandbox, in process.

Copied into that shop by `check_wheel.py`, run there by `manage.py test`.
"""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.test import Client, TestCase
from django.urls import reverse

from django_iamport.testing import IamportSandboxMixin

# The fields of the README's order form; its hidden ones come from the page.
ORDER_FORM: dict[str, str] = {"email": "jieun@shop.example"}


def fill_cart(client: Client) -> None:
    """Do what a customer of the README's shop does before the order form is sent."""
    tea = apps.get_model("shop", "Product").objects.create(name="Green tea", price=12_000)
    client.get(f"/add/{tea.pk}/")
    page = client.get(f"/add/{tea.pk}/", follow=True)
    assert "Green tea × 2" in [str(item) for item in page.context["items"]]
    assert 'id="order-form"' in page.content.decode(), "the README's own page stands before the package's"
    for hidden in ("csrfmiddlewaretoken", "checkout_key", "shown_amount"):
        assert f'name="{hidden}"' in page.content.decode()
        ORDER_FORM[hidden] = str(page.context.get(hidden, ""))


class Purchase(IamportSandboxMixin, TestCase):
    def test_a_customer_buys_and_the_order_is_paid(self) -> None:
        fill_cart(self.client)
        Transaction = apps.get_model(settings.IAMPORT_TRANSACTION_MODEL)
        created = self.client.post(reverse("iamport:order_create_ajax"), ORDER_FORM).json()
        merchant_uid = created["checkout"]["merchant_uid"]
        transaction = Transaction.objects.get(merchant_uid=merchant_uid)
        imp_uid = self.iamport_sandbox.pay(transaction)
        answer = self.client.post(
            reverse("iamport:order_validation"), {"merchant_uid": merchant_uid, "imp_uid": imp_uid}
        )
        assert answer.json()["status"] == "paid"
        transaction.refresh_from_db()
        assert transaction.status == "paid"
        assert transaction.order.status == "paid"
        receipt = self.client.get(reverse("iamport:order_complete", args=[merchant_uid]))
        self.assertContains(receipt, merchant_uid)

    def test_what_was_put_into_the_cart_after_a_payment_stays_in_it(self) -> None:
        fill_cart(self.client)
        Transaction = apps.get_model(settings.IAMPORT_TRANSACTION_MODEL)
        created = self.client.post(reverse("iamport:order_create_ajax"), ORDER_FORM).json()
        self.iamport_sandbox.pay(Transaction.objects.get(merchant_uid=created["checkout"]["merchant_uid"]))
        Transaction.objects.get_transaction(created["checkout"]["merchant_uid"])
        cup = apps.get_model("shop", "Product").objects.create(name="Cup", price=30_000)
        page = self.client.get(f"/add/{cup.pk}/", follow=True)
        assert [str(item) for item in page.context["items"]] == ["Cup × 1"]
