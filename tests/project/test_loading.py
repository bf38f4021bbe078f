"""What a worker loads that has not sold anything yet: nothing that only a purchase, a test or an option needs."""

import pytest

from benchmarks import idle
from django_iamport import client


@pytest.fixture(scope="module")
def loaded():
    return set(idle.worker(*idle.APPS)["modules"])


@pytest.mark.parametrize("package", ["contrib", "management", "pytest_plugin", "sandbox", "testing"])
def test_a_worker_loads_nothing_that_only_tests_commands_and_options_need(loaded, package):
    assert "django_iamport.models" in loaded
    assert [name for name in loaded if name.startswith(f"django_iamport.{package}")] == []


def test_a_worker_loads_what_calls_the_gateway_with_the_first_call(loaded):
    assert {"requests", "urllib3", "celery", "rest_framework"} & loaded == set()
    assert {name for name in loaded if name.startswith("django_iamport.client.")} == {
        "django_iamport.client.errors",
        "django_iamport.client.http",
        "django_iamport.client.http.answer",
        "django_iamport.client.http.deadline",
        "django_iamport.client.http.frames",
        "django_iamport.client.http.operation",
        "django_iamport.client.http.wire",
    }


def test_the_client_has_all_its_names_and_no_others():
    assert all(getattr(client, name) for name in client.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        getattr(client, "Nothing")  # noqa: B009 - a type checker knows
