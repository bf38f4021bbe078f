"""The client: one account at the gateway."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from django_iamport.client.errors import AuthenticationFailed
from django_iamport.client.http.frames import leaving_no_values
from django_iamport.client.http.operation import Request, T, Timeout
from django_iamport.client.http.token import GET_TOKEN, Cache, Token, TokenKeeper
from django_iamport.client.http.transport import DEFAULT_TIMEOUT, Observer, Transport
from django_iamport.client.operations.account import Tiers, Users
from django_iamport.client.operations.billing_keys import BillingKeys
from django_iamport.client.operations.certifications import Certifications
from django_iamport.client.operations.codes import Codes
from django_iamport.client.operations.cvs import Cvs
from django_iamport.client.operations.escrow import Escrow
from django_iamport.client.operations.kcpquick import KcpQuick
from django_iamport.client.operations.naver import Naver
from django_iamport.client.operations.payments import Payments
from django_iamport.client.operations.prepare import Prepare
from django_iamport.client.operations.receipts import Partners, Receipts
from django_iamport.client.operations.subscribe import Subscribe
from django_iamport.client.operations.vbanks import Vbanks
from django_iamport.client.operations.wallets import Benepia, Payco, Paymentwall

DEFAULT_BASE_URL = "https://api.iamport.kr"


class Client:
    """The gateway's REST API for one account. Threads may share it; it survives a fork.

    `key` and `secret` are those of the gateway's console, `timeout` is in seconds, for connecting and for
    each wait on the answer; a call as a whole ends within 20 seconds, or within both together where they are
    longer. `session` brings a connection pool of the caller's own (its adapters must not repeat requests by
    themselves); without it the client makes one. `cache` shares the access token between
    processes: anything with `get`, `set` and `add` as Django's caches have them; what it raises counts as a
    miss. `tier` is the code of a sub-merchant.

    Every call may raise a GatewayError; see `django_iamport.client.errors`.
    """

    @leaving_no_values
    def __init__(
        self,
        key: str,
        secret: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        timeout: Timeout = DEFAULT_TIMEOUT,
        session: requests.Session | None = None,
        cache: Cache | None = None,
        tier: str | None = None,
        observe: Observer | None = None,
    ) -> None:
        self._key = key
        self._secret = secret
        self._host = urlsplit(base_url).hostname
        self._transport = Transport(base_url, timeout, session, tier, observe)
        self._tokens = TokenKeeper(self._request_token, cache, (key, secret, base_url))
        self.payments = Payments(self._send)
        self.prepare = Prepare(self._send)
        self.subscribe = Subscribe(self._send)
        self.billing_keys = BillingKeys(self._send)
        self.vbanks = Vbanks(self._send)
        self.cvs = Cvs(self._send)
        self.certifications = Certifications(self._send)
        self.receipts = Receipts(self._send)
        self.partners = Partners(self._send)
        self.escrow = Escrow(self._send)
        self.naver = Naver(self._send)
        self.kcpquick = KcpQuick(self._send)
        self.benepia = Benepia(self._send)
        self.payco = Payco(self._send)
        self.paymentwall = Paymentwall(self._send)
        self.codes = Codes(self._send)
        self.users = Users(self._send)
        self.tiers = Tiers(self._send)

    def __repr__(self) -> str:
        return f"<Client of {self._host}>"

    @leaving_no_values
    def get_token(self) -> str:
        """An access token with some life left, from memory, from the cache or from the gateway.

        Raises AuthenticationFailed for a wrong key or secret, or another GatewayError.
        """
        return self._tokens.get()

    @leaving_no_values
    def clock_ahead(self) -> float:
        """Seconds by which the gateway's clock is ahead of this machine's, below 0 where it is behind.

        Asks for a token anew, and so proves key and secret. Raises as `get_token` does.
        """
        return self._request_token().clock_ahead

    def _request_token(self) -> Token:
        return self._transport.send(GET_TOKEN.request({"imp_key": self._key, "imp_secret": self._secret}))

    def _send(self, request: Request[T]) -> T:
        with self._transport.time_for(request):
            return self._send_in_time(request)

    def _send_in_time(self, request: Request[T]) -> T:
        token = self._tokens.get()
        try:
            return self._transport.send(request, token)
        except AuthenticationFailed:  # nothing was done, so a write may be repeated too
            self._tokens.forget(token)
        return self._transport.send(request, self._tokens.get())
