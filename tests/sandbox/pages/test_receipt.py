import pytest
from django.test import Client


@pytest.mark.django_db
def test_a_slip_of_an_unknown_payment_is_not_found(client: Client) -> None:
    assert client.get("/sandbox/receipt/imp_000000000000").status_code == 404
