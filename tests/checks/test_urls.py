"""Whoever forgets to include the addresses is told before a page fails."""

from django.core.checks import Warning as CheckWarning
from django.core.checks import registry
from django.test import override_settings

from django_iamport import checks

urlpatterns = []


def test_a_project_that_includes_them_has_nothing_to_be_told(found):
    assert found(checks.check_urls) == []


def test_a_project_that_does_not_is_told_where_and_how():
    with override_settings(ROOT_URLCONF=__name__):
        [message] = checks.check_urls()
    assert isinstance(message, CheckWarning)
    assert (message.id, __name__ in message.hint) == ("iamport.W066", True)
    assert 'path("pay/", include(' in message.hint


def test_a_script_without_addresses_is_left_alone(found):
    assert found(checks.check_urls, ROOT_URLCONF=None) == []


def test_it_runs_with_every_check():
    assert checks.check_urls in registry.registry.get_checks()
