from __future__ import annotations

import pytest

from django_iamport import urls
from tests.shop.views import CartMixin

pytestmark = pytest.mark.on_each_pair


def test_an_order_form_alone_makes_every_address_of_the_package() -> None:
    patterns, namespace = urls.with_order_form(CartMixin)
    assert namespace == "iamport"
    assert {pattern.name for pattern in patterns} == {pattern.name for pattern in urls.urlpatterns}


def test_page_and_ajax_view_come_from_the_same_form_and_before_the_packages_own() -> None:
    patterns, _namespace = urls.with_order_form(CartMixin)
    first = {pattern.name: pattern.callback.view_class for pattern in reversed(patterns)}  # type: ignore[attr-defined]
    assert issubclass(first["order_create"], CartMixin)
    assert issubclass(first["order_create_ajax"], CartMixin)
