from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

TEA = {"id": "tea", "name": "녹차 <b>", "uprice": 10_000, "url": "https://shop.example/tea"}


def ask(client: Client, **change: Any) -> Any:
    body = {
        "merchant_code": "imp00000000",
        "params": {"pg": "naverco", "naverProducts": [TEA]},
        "origin": "http://testserver",
        **change,
    }
    return client.post("/sandbox/window/zzim", body, "application/json")


def test_the_wish_list_shows_what_was_put_on_it(client: Client) -> None:
    page = client.get(ask(client).json()["url"], headers={"Accept-Language": "ko"})
    assert "녹차 &lt;b&gt;" in page.content.decode()
    assert "https://shop.example/tea" in page.content.decode()
    assert "frame-ancestors http://testserver" in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"merchant_code": "imp99999999"}, "등록된 PG 설정 정보"),
        ({"params": {"naverProducts": []}}, "naverProducts"),
    ],
)
def test_what_cannot_be_put_on_it_is_refused(client: Client, change: dict[str, Any], says: str) -> None:
    assert says in ask(client, **change).json()["refused"]["error_msg"]


def test_nonsense_is_no_request_and_no_page(client: Client) -> None:
    assert ask(client, params=[1]).status_code == 400
    assert client.get("/sandbox/wishes/unknown").status_code == 404
    assert client.get("/sandbox/window/zzim").status_code == 405
