"""What is shown of a card, without Django."""

import pytest

from django_iamport.contrib.billing.rules import masked


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("430000******1234", "****-****-****-1234"),
        ("4300-0000-0000-1234", "****-****-****-1234"),
        ("4300000000001234", "****-****-****-1234"),
        ("123***********", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_last_four_digits_are_shown_and_no_others(told, shown):
    assert masked(told) == shown
