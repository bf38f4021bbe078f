"""Settings are read when they are asked for."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from django_iamport import conf
from django_iamport.gateway import connection

pytestmark = pytest.mark.on_each_pair


@pytest.mark.parametrize("name", conf.DEFAULTS)
def test_every_setting_honours_override_settings(name):
    value = object()
    with override_settings(**{name: value}):
        assert conf.get(name) is value
    assert conf.get(name) is not value


@pytest.mark.parametrize("name", sorted(set(conf.DEFAULTS) - set(conf.REQUIRED)))
def test_every_optional_setting_has_its_default(settings, name):
    if hasattr(settings, name):
        delattr(settings, name)
    assert conf.get(name) == conf.DEFAULTS[name]


@pytest.mark.parametrize("name", conf.REQUIRED)
@pytest.mark.parametrize("missing", [None, ""])
def test_a_missing_required_setting_is_named(settings, name, missing):
    setattr(settings, name, missing)
    with pytest.raises(ImproperlyConfigured, match=name):
        conf.get(name)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://a.example/", "https://a.example"),
        ("https://a.example", "https://a.example"),
        (None, None),
        ("", None),
    ],
)
def test_the_site_url_has_no_slash_at_its_end(settings, given, used):
    settings.IAMPORT_SITE_URL = given
    assert conf.site_url() == used


def test_other_credentials_mean_another_client(settings):
    first = connection.client()
    assert connection.client() is first
    settings.IAMPORT_SECRET = "another"
    assert connection.client() is not first


@pytest.mark.parametrize("timeout", [5, 2.5, (3, 10), [3, 10]])
def test_a_timeout_is_one_number_or_two(settings, timeout):
    settings.IAMPORT_TIMEOUT = timeout
    assert connection.client()
