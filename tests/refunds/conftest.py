import pytest

from django_iamport.gateway import connection


@pytest.fixture
def paid(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt))
    iamport_sandbox.reset_calls()
    return row


@pytest.fixture
def deposited(attempt, iamport_sandbox, confirm):
    row = confirm(attempt, iamport_sandbox.pay(attempt, pay_method="vbank"))
    iamport_sandbox.reset_calls()
    return row


@pytest.fixture
def calls(paid, monkeypatch):
    said, payments = [], connection.client().payments
    cancel = payments.cancel

    def listen(imp_uid, **asked):
        said.append(
            {"imp_uid": imp_uid, **{name: value for name, value in asked.items() if value is not None}}
        )
        return cancel(imp_uid, **asked)

    monkeypatch.setattr(payments, "cancel", listen)
    return said
