import pytest
from django.test import override_settings


@pytest.fixture
def found():
    """The ids of what a check says under some settings."""

    def found(check, **overridden):
        with override_settings(**overridden):
            return [message.id for message in check()]

    return found
