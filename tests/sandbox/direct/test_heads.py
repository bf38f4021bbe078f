import pytest

from django_iamport.sandbox.direct import heads

ORDINARY = (
    b"GET /api/payments/imp_1?include_sandbox=true HTTP/1.1\r\nHost: 127.0.0.1:9090\r\nAuthorization: x:y "
)


def test_an_ordinary_head_is_read() -> None:
    head = heads.read(ORDINARY)
    assert head is not None
    assert head[:3] == ("GET", "/api/payments/imp_1", "include_sandbox=true")
    assert head.headers == {"host": "127.0.0.1:9090", "authorization": "x:y"}
    assert (head.length, head.is_last) == (0, False)


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Length: 1000000",
        b"Content-Type: application/json; charset=UTF-8",
        b"Content-Type: application/x-www-form-urlencoded;charset=utf8",
        b"Content-Type: multipart/form-data",
        b"User-Agent: GuzzleHttp/7",
        b"Connection: close",
        b"X:",
    ],
)
def test_so_are_these(field: bytes) -> None:
    assert heads.read(ORDINARY + b"\r\n" + field) is not None


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Length: 1000001",
        b"Content-Length: -1",
        b"Content-Length: 1_0",
        b"Content-Length: 99999999999999999999",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding : chunked",
        b" folded: line",
        b"Expect: 100-continue",
        b"Origin: https://evil.example",
        b"Sec-Fetch-Site: cross-site",
        b"Host: evil.example",
        b"X: a\nTransfer-Encoding: chunked",
        b"X: a\rY: b",
        b"X: a\0",
        b"no colon",
        b": no name",
        b"Name: \xec\x9d\xb4\xeb\xa6\x84",
        b"Content-Type: application/json; charset=euc-kr",
        b"Content-Type: multipart/form-data; boundary=x",
        b"Content-Type: application/json; charset=utf-8; charset=euc-kr",
    ],
)
def test_what_somebody_could_read_otherwise_is_left_to_django(field: bytes) -> None:
    assert heads.read(ORDINARY + b"\r\n" + field) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET",
        b"GET /",
        b"GET / HTTP/1.0",
        b"GET / HTTP/1.1 ",
        b"GET  / HTTP/1.1",
        b"get / HTTP/1.1",
        b"HEAD / HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET payments HTTP/1.1",
        b"GET http://127.0.0.1/payments/imp_1 HTTP/1.1",
        b"GET /payments#here HTTP/1.1",
        b"GET /payments\\imp_1 HTTP/1.1",
        b"GET /payments/a\tb HTTP/1.1",
        b"GET /payments/\xec HTTP/1.1",
        b"GET /payments/imp_1%00 HTTP/1.1",
        b"GET /payments?imp_uid=%00 HTTP/1.1",
    ],
)
def test_so_is_an_unusual_first_line(line: bytes) -> None:
    assert heads.read(line + b"\r\nHost: 127.0.0.1") is None
