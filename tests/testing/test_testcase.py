import unittest
from types import SimpleNamespace

from django.test import TestCase, TransactionTestCase

from django_iamport import conf
from django_iamport.testing import IamportSandboxMixin
from tests.shop.models import Order, OrderTransaction

ATTEMPT = SimpleNamespace(merchant_uid="m1", amount=50_000, currency="KRW")


class InATestCase(IamportSandboxMixin, TestCase):
    def setUp(self) -> None:
        self.attempt = OrderTransaction.objects.create_new(Order.objects.create(name="Tea", amount=50_000))

    def test_a_payment_is_confirmed(self) -> None:
        self.iamport_sandbox.pay(self.attempt)
        self.attempt.sync()
        assert self.attempt.status == "paid"

    def tearDown(self) -> None:
        assert self.iamport_sandbox.payment(self.attempt.imp_uid)["status"] == "paid"


class InATransactionTestCase(IamportSandboxMixin, TransactionTestCase):
    def test_it_answers(self) -> None:
        assert conf.get("IAMPORT_API_URL") == self.iamport_sandbox.base_url


class Counting(IamportSandboxMixin, unittest.TestCase):
    def test_one(self) -> None:
        self.iamport_sandbox.pay(ATTEMPT)
        assert len(self.iamport_sandbox.account.payments()) == 1

    test_two = test_one


def test_each_test_begins_with_an_empty_gateway() -> None:
    result = unittest.defaultTestLoader.loadTestsFromTestCase(Counting).run(unittest.TestResult())
    assert result.testsRun == 2
    assert result.wasSuccessful()


def test_after_a_test_that_failed_the_settings_are_as_before() -> None:
    class Failing(IamportSandboxMixin, unittest.TestCase):
        def test_it(self) -> None:
            raise RuntimeError

    before = conf.get("IAMPORT_API_URL")
    assert unittest.defaultTestLoader.loadTestsFromTestCase(Failing).run(unittest.TestResult()).errors
    assert conf.get("IAMPORT_API_URL") == before
