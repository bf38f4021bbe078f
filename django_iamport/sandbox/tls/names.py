"""The gateway's names, and what a client with compiled-in addresses needs in order to come here instead."""

from collections.abc import Iterator
from typing import NamedTuple

GATEWAY = ("api.iamport.kr", "cdn.iamport.kr", "service.iamport.kr")
"""Its own hosts, which a line in `hosts` leads here for clients whose addresses are compiled in."""
HOSTS_LINE = f"127.0.0.1 {' '.join(GATEWAY)}"


class Trust(NamedTuple):
    """How programs of a language learn to trust an authority: `setting` names its file."""

    language: str
    setting: str


_SETTINGS = (
    Trust("Python (requests)", "REQUESTS_CA_BUNDLE={file}"),
    Trust("Python (httpx, aiohttp, urllib)", "SSL_CERT_FILE={file}"),
    Trust("Node", "NODE_EXTRA_CA_CERTS={file}"),
    Trust("PHP", "php -d curl.cainfo={file} -d openssl.cafile={file}"),
    Trust(
        "Java",
        "keytool -importcert -noprompt -alias iamport-sandbox -file {file} -keystore sandbox.p12"
        " -storepass changeit; java -Djavax.net.ssl.trustStore=sandbox.p12"
        " -Djavax.net.ssl.trustStorePassword=changeit",
    ),
    Trust("Ruby", "SSL_CERT_FILE={file}"),
    Trust("Go (Linux)", "SSL_CERT_FILE={file}"),
)


def trust_settings(file: str) -> Iterator[Trust]:
    """Each for the authority's certificate in that file."""
    return (Trust(trust.language, trust.setting.format(file=file)) for trust in _SETTINGS)
