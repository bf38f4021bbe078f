"""Whatever is sent to any page of the desk: no 500."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import URLResolver, get_resolver
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from django_iamport.models import Refund

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once, pytest.mark.urls("tests.admin.desk")]

EXAMPLES_OF_A_PAGE = 8

TEXTS = st.text(max_size=8) | st.sampled_from(
    [
        "",
        "\0",
        "0",
        "-1",
        "1e400",
        "1",
        "9" * 40,
        "2026-11-31",
        "2026-11-01",
        "on",
        "refund",
        "카드",
        "all",
        "'",
    ]
)
NAMES = st.sampled_from(
    ["amount", "reason", "tax_free", "refund_key", "checksum", "bank", "account", "holder", "tel", "note"]
) | st.sampled_from(
    [
        "q",
        "o",
        "p",
        "all",
        "status__exact",
        "refund",
        "created__gte",
        "created__day",
        "since",
        "until",
        "month",
    ]
)
FIELDS = st.dictionaries(NAMES, TEXTS, max_size=5)


def desk_pages(resolver=None, prefix="/"):
    """The address of each page of the desk's, with `{}` for what names a row."""
    for each in (resolver or get_resolver("tests.admin.desk")).url_patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from desk_pages(each, route)
        elif "?P<" not in route:
            yield "{}".join(part.partition(">")[2] or part for part in route.split("<"))


PAGES = sorted({page for page in desk_pages() if page.startswith(("/admin/shop/", "/admin/django_iamport/"))})


def test_the_desks_own_pages_are_among_them():
    assert {page.rstrip("/").rpartition("/")[2] for page in PAGES} >= {"change", "refund", "accept", "sync"}


@pytest.mark.parametrize("page", PAGES)
@settings(
    max_examples=EXAMPLES_OF_A_PAGE,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(
    is_posted=st.booleans(),
    query=FIELDS,
    sent=FIELDS,
    named=st.sampled_from(["row", "refund", "0", "%00", "a", "9" * 30, "카드"]),
)
def test_no_page_of_the_desk_answers_500(boss, paid, page, is_posted, query, sent, named):
    pk = {"row": paid.pk, "refund": Refund.objects.values_list("pk", flat=True).first() or 1}.get(
        named, named
    )
    address = f"{page.replace('{}', str(pk))}?{urlencode(query)}"
    boss.raise_request_exception = False
    response = boss.post(address, sent) if is_posted else boss.get(address)
    assert response.status_code < 500, (address, sent)
