"""What `iamport_check` finds: settings, account and surroundings of a shop that is to take money."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http.request import validate_host
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from django_iamport import conf
from django_iamport.exceptions import AuthenticationFailed, GatewayError
from django_iamport.gateway import account
from django_iamport.gateway.account import Channel
from django_iamport.reconciliation import prefixes
from django_iamport.records import sync_cursor

from . import own_addresses
from .findings import ERROR, NOTE, WARNING, Finding

# More than this, and due moments and the age of evidence are judged wrongly.
CLOCK_TOLERANCE = 20  # seconds
MOST_NAMED = 3
# Local names that no gateway reaches.
PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".test", ".invalid", ".lan", ".home.arpa")
# Two tell the gateway of deposits without an address in their console; the others issue no virtual accounts.
NEED_NO_ADDRESS = frozenset(
    {
        *("kicc", "ksnet"),
        *("kakaopay", "naverpay", "naverco", "payco", "tosspay", "tosspay_v2", "smilepay", "samsung"),
        *("paypal", "paypal_v2", "paymentwall", "eximbay", "mobilians", "danal"),
    }
)
# What the shop's own checks say stands under their ids.
CHECKS_OF_DJANGO = ("security.W001", "security.W008", "security.W012", "security.W016", "security.W018")


def examine() -> list[Finding]:
    """All findings, errors first. Asks the gateway twice and calls four addresses of the shop's own; changes
    nothing. Raises nothing of the gateway's."""
    parts: tuple[Callable[[], Iterator[Finding]], ...] = (
        _system_checks,
        _account,
        _addresses,
        _own_addresses,
        _cache,
        _cookies,
        _opener_policy,
        _csrf,
        _sync,
        _prefixes,
    )
    found = [finding for part in parts for finding in part()]
    return sorted(found, key=lambda finding: (ERROR, WARNING, NOTE).index(finding.level))


def _system_checks() -> Iterator[Finding]:
    """What `check --deploy` says of this package, and of Django's where money is concerned."""
    for message in checks.run_checks(include_deployment_checks=True):
        number = str(message.id)
        if number.startswith("iamport") or number in CHECKS_OF_DJANGO:
            level = ERROR if message.level >= checks.ERROR else WARNING
            yield Finding(number, level, message.msg, message.hint or "docs/settings.md")


def _account() -> Iterator[Finding]:
    """Key, secret and clock, then the channels."""
    try:
        ahead = account.clock_ahead()
        channels = account.channels()
    except ImproperlyConfigured as error:
        yield Finding("settings", ERROR, str(error), _("Complete the settings."))
    except AuthenticationFailed:
        yield Finding(
            "credentials",
            ERROR,
            _("The gateway rejects the API key or secret."),
            _("Copy IAMPORT_KEY and IAMPORT_SECRET from the gateway's console again."),
        )
    except GatewayError as error:
        yield Finding(
            "gateway",
            ERROR,
            _("The request to the gateway failed: %s") % error,
            _(
                "Check the firewall and IAMPORT_API_URL, and whether the console allows this server's IP address."
            ),
        )
    else:
        yield from _clock(ahead)
        yield from _channels(channels)


def _clock(ahead: float) -> Iterator[Finding]:
    if abs(ahead) > CLOCK_TOLERANCE:
        yield Finding(
            "clock",
            ERROR,
            _("This server's clock differs from the gateway's by %d seconds.") % round(abs(ahead)),
            _("Synchronize the server's clock with NTP."),
        )


def _channels(channels: tuple[Channel, ...]) -> Iterator[Finding]:
    live = [channel for channel in channels if channel.sandbox is not True]
    if not live and not conf.test_mode():
        yield Finding(
            "no_live_channel",
            ERROR,
            _("The account has no channel for real payments."),
            _("Add a live channel in the gateway's console once the contract is signed."),
        )
    yield from _named_channel(channels)
    if live and len(live) < len(channels):
        yield Finding(
            "test_channels",
            NOTE,
            _("The account has test channels as well as live ones."),
            _(
                "Payments through test channels are rejected. Remove these channels once you no longer need them."
            ),
        )
    for provider in sorted({channel.pg_provider.lower() for channel in live} - NEED_NO_ADDRESS):
        yield Finding(
            "deposit_notice",
            NOTE,
            _("Virtual accounts at %s: deposits are reported only if this is set up in its own console.")
            % provider,
            _(
                "Enter the gateway's address for deposit notices in the payment provider's console; the gateway's "
                "documentation lists one for each provider. Then make one real test deposit."
            ),
        )


def _named_channel(channels: tuple[Channel, ...]) -> Iterator[Finding]:
    """The channels that the settings name must be there, live, and what the settings say of them."""
    one = {"channelKey": conf.get("IAMPORT_CHANNEL_KEY"), "pg": conf.get("IAMPORT_PG")}
    if any(one.values()):
        yield from _channel_of(channels, one, "IAMPORT_CHANNEL_KEY / IAMPORT_PG")
    for name, entry in conf.channels().items():
        yield from _channel_of(channels, entry, f'IAMPORT_CHANNELS["{name}"]')


def _channel_of(
    channels: tuple[Channel, ...], entry: Mapping[str, object], setting: str
) -> Iterator[Finding]:
    if entry.get("channelKey"):
        named = [channel for channel in channels if channel.channel_key == entry["channelKey"]]
    else:
        provider, _dot, pg_id = str(entry.get("pg")).partition(".")
        named = [c for c in channels if c.pg_provider == provider and pg_id in ("", c.pg_id)]
    if not named:
        yield Finding(
            "channel_unknown",
            ERROR,
            _("The account does not have the channel that %s names.") % setting,
            _("Copy the channel key (or the PG code) from the gateway's console."),
        )
    elif all(channel.sandbox for channel in named) and not conf.test_mode():
        yield Finding(
            "channel_is_a_test",
            ERROR,
            _("%s names a test channel: its payments are rejected.") % setting,
            _("Use a live channel."),
        )
    elif not any(_shows(channel, entry) for channel in named):
        yield Finding(
            "channel_differs",
            ERROR,
            _("Payments through the channel of %s show another pg_provider or pg_id: they are rejected.")
            % setting,
            _("Write: %s") % f'"pg_provider": "{named[0].pg_provider}", "pg_id": "{named[0].pg_id}"',
        )


def _shows(channel: Channel, entry: Mapping[str, object]) -> bool:
    return all(entry.get(name) in (None, getattr(channel, name)) for name in conf.SHOWN_BY_PAYMENTS)


def _addresses() -> Iterator[Finding]:
    """The webhook: mounted, https, and on a host that the gateway can reach."""
    try:
        path = reverse("iamport:webhook")
    except NoReverseMatch:
        yield Finding(
            "urls",
            ERROR,
            _("The URLs of django_iamport are not included in the site."),
            _('Add path("pay/", include("django_iamport.urls")) to urls.py.'),
        )
        return
    site = conf.site_url()
    if not site:
        return  # a check of its own
    url = urlsplit(site)
    host = url.hostname or ""
    if url.scheme != "https" or not _is_public(host):
        yield Finding(
            "webhook_address",
            ERROR,
            _("The gateway can't reach the webhook at %s.") % (site + path),
            _("Set IAMPORT_SITE_URL to the shop's public https address."),
        )
    # As Django does where none are named.
    own_machine = [".localhost", "127.0.0.1", "[::1]"] if settings.DEBUG else []
    if not validate_host(host, settings.ALLOWED_HOSTS or own_machine):
        yield Finding(
            "allowed_hosts",
            ERROR,
            _("Django refuses requests for %s, and with them every webhook from the gateway.") % host,
            _("Add the host to ALLOWED_HOSTS."),
        )


def _own_addresses() -> Iterator[Finding]:
    """What the gateway and a phone are answered there; where they can't come to, nobody is asked."""
    url = urlsplit(conf.site_url() or "")
    if url.scheme == "https" and _is_public(url.hostname or ""):
        yield from own_addresses.examine()
        yield from own_addresses.examine_script()


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(PRIVATE_ENDINGS)


def _cache() -> Iterator[Finding]:
    alias = conf.get("IAMPORT_CACHE")
    if alias not in settings.CACHES:
        return  # a check of its own
    if isinstance(caches[alias], (LocMemCache, DummyCache, FileBasedCache)):
        yield Finding(
            "cache",
            WARNING,
            _("The cache %r is not properly shared between processes.") % alias,
            _(
                "Each process requests its own token, and floods of webhooks are counted separately. Set "
                "IAMPORT_CACHE to a cache on Redis, Memcached or the database."
            ),
        )


def _cookies() -> Iterator[Finding]:
    if settings.SESSION_COOKIE_SAMESITE == "Strict":
        yield Finding(
            "session_cookie",
            ERROR,
            _("Customers who return from a payment provider appear signed out."),
            _('Set SESSION_COOKIE_SAMESITE = "Lax".'),
        )
    if settings.SESSION_COOKIE_SAMESITE in (None, False, "None") and not settings.SESSION_COOKIE_SECURE:
        yield Finding(
            "session_cookie",
            WARNING,
            _("Browsers reject a session cookie with SameSite=None that is not Secure."),
            _('Set SESSION_COOKIE_SAMESITE = "Lax", or SESSION_COOKIE_SECURE = True.'),
        )


def _opener_policy() -> Iterator[Finding]:
    policy = getattr(settings, "SECURE_CROSS_ORIGIN_OPENER_POLICY", None)
    middleware = "django.middleware.security.SecurityMiddleware"
    if policy == "same-origin" and middleware in settings.MIDDLEWARE:
        yield Finding(
            "opener_policy",
            NOTE,
            _(
                "Pages are sent with Cross-Origin-Opener-Policy: same-origin: payment windows can't report back."
            ),
            _("Use @checkout_page or CheckoutPageMixin for each page that contains the tag (docs/views.md)."),
        )


def _csrf() -> Iterator[Finding]:
    site = conf.site_url() or ""
    if not site.startswith("https://") or site in settings.CSRF_TRUSTED_ORIGINS:
        return
    if settings.SECURE_PROXY_SSL_HEADER is None:
        yield Finding(
            "csrf_origin",
            WARNING,
            _("Behind a proxy that terminates https, Django refuses the checkout's requests (403)."),
            _("Set SECURE_PROXY_SSL_HEADER, or add %s to CSRF_TRUSTED_ORIGINS.") % site,
        )


def _sync() -> Iterator[Finding]:
    try:
        last = sync_cursor.listed_until("payments")
    except DatabaseError:
        yield Finding(
            "database",
            ERROR,
            _("The tables of django_iamport can't be read."),
            _("Run manage.py migrate."),
        )
        return
    if last is None or timezone.now() - last > sync_cursor.EXPECTED_WITHIN:
        yield Finding(
            "sync",
            WARNING,
            _("iamport_sync has not read the gateway's payments within the last hour."),
            _("Run it from cron every 10 minutes (docs/operating.md)."),
        )


def _prefixes() -> Iterator[Finding]:
    copied = conf.get("IAMPORT_COPIED_PREFIXES")
    if copied:
        yield Finding(
            "copied_prefixes",
            NOTE,
            _("Payments that were copied with the data of another shop are left alone: %s.")
            % ", ".join(map(repr, copied)),
            _("Remove IAMPORT_COPIED_PREFIXES if these payments are this shop's own."),
        )
    try:
        named = list(islice(prefixes.orphans(), MOST_NAMED))
    except DatabaseError:
        return  # found above
    if named:
        yield Finding(
            "foreign_prefix",
            ERROR,
            _("Some payments under way have a prefix that is not this shop's: %s.") % ", ".join(named),
            _(
                "If they are its own, add their prefix to IAMPORT_FORMER_PREFIXES; if they came with a copy of "
                "another shop's data, to IAMPORT_COPIED_PREFIXES."
            ),
        )
