"""Whose number a cash receipt is on, and what is shown of it, without Django."""

from datetime import timedelta

import pytest

from django_iamport.contrib.cash_receipts.rules import (
    VOLUNTARY,
    IdentifierInvalid,
    pause_after,
    read_identifier,
)


@pytest.mark.parametrize(
    ("written", "receipt_type", "number", "kind", "shown"),
    [
        ("010-1234-5678", "person", "01012345678", "phone", "010-****-5678"),
        (" 011 234 5678 ", "person", "0112345678", "phone", "011-****-5678"),
        ("900101-1234567", "person", "9001011234567", "person", "******-*******"),
        ("120-81-47521", "company", "1208147521", "business", "***-**-*7521"),
        ("1544202012345678901", "person", "1544202012345678901", "taxcard", "****-8901"),
        ("1544202012345678901", "company", "1544202012345678901", "taxcard", "****-8901"),
        (VOLUNTARY, "person", VOLUNTARY, "phone", "010-****-1234"),
    ],
)
def test_a_number_is_read_with_dashes_and_shown_masked(written, receipt_type, number, kind, shown):
    found = read_identifier(written, receipt_type)
    assert (found.number, found.type, found.masked) == (number, kind, shown)
    assert number not in repr(found)


@pytest.mark.parametrize(
    ("written", "receipt_type", "problem"),
    [
        ("", "person", "unreadable"),
        ("kim@example.com", "person", "unreadable"),
        ("٠١٠١٢٣٤٥٦٧٨", "person", "unreadable"),
        ("02-123-45678", "person", "business"),
        ("010-123-4567", "person", "phone"),
        ("012-1234-5678", "person", "phone"),
        ("901301-1234567", "person", "person"),
        ("120-81-47522", "company", "business"),
        ("010-1234-5678", "company", "purpose"),
        ("120-81-47521", "person", "purpose"),
    ],
)
def test_a_number_that_can_t_be_right_is_refused_with_what_is_wrong(written, receipt_type, problem):
    with pytest.raises(IdentifierInvalid) as refused:
        read_identifier(written, receipt_type)
    assert refused.value.code == problem
    assert written not in str(refused.value) or not written


def test_the_pause_grows_to_a_day():
    assert pause_after(0) == timedelta(minutes=30)
    assert pause_after(1) == timedelta(hours=1)
    assert pause_after(99) == timedelta(days=1)
