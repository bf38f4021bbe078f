"""`iamport_check` finds what keeps a shop from taking money, and says what to do."""

import json
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import override_settings
from django.utils import timezone, translation

from django_iamport.checks import live, own_addresses
from django_iamport.checks.findings import Finding
from django_iamport.client.client import Client
from django_iamport.client.http.answer import reader
from django_iamport.client.operations.account import Users
from django_iamport.client.results import Channel
from django_iamport.exceptions import GatewayError
from django_iamport.models import SyncCursor
from django_iamport.records.sync_cursor import SyncRun
from django_iamport.sandbox.rules.channels import LIVE_KEY, TEST_KEY
from tests.project.test_docs import read

REDIS = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
}
LIVE = {
    "DEBUG": False,
    "IAMPORT_SITE_URL": "https://shop.example",
    "IAMPORT_CHANNEL_KEY": LIVE_KEY,
    "ALLOWED_HOSTS": ["shop.example"],
    "CACHES": REDIS,
    "CSRF_TRUSTED_ORIGINS": ["https://shop.example"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin-allow-popups",
}
# The sandbox is no gateway of a live shop: these stand here for that alone.
OF_THE_SANDBOX = {"iamport.E104", "iamport.E105", "iamport_sandbox.E001", "iamport.W102"}


@pytest.fixture(autouse=True)
def _synced(db):
    SyncCursor.objects.create(part="payments", position=timezone.now().isoformat())


@pytest.fixture(autouse=True)
def _answers_outside(monkeypatch):
    """What the shop's own addresses answer is a matter of its own (test_own_addresses)."""
    monkeypatch.setattr(own_addresses, "examine", lambda: iter(()))
    monkeypatch.setattr(own_addresses, "examine_script", lambda: iter(()))


@pytest.fixture
def channels(monkeypatch):
    """Let the account have these channels."""

    def have(*each):
        rows = tuple(
            reader(Channel)(
                {"pg_provider": "kicc", "pg_id": "P1", "sandbox": False, "type": "PAYMENT", **channel}
            )
            for channel in each
        )
        monkeypatch.setattr(Users, "channels", lambda self, **options: rows)

    have({"channel_key": LIVE_KEY})
    return have


def codes(**overridden):
    with override_settings(**{**LIVE, **overridden}):
        return {
            finding.code: finding.level for finding in live.examine() if finding.code not in OF_THE_SANDBOX
        }


@pytest.mark.on_each_pair
def test_a_shop_that_is_ready_has_no_findings(iamport_sandbox, channels):
    assert codes() == {}


def test_what_the_own_addresses_answer_is_told_where_the_gateway_can_come_to_them(
    iamport_sandbox, channels, monkeypatch
):
    finding = Finding("address_answers", "error", "text", "hint")
    monkeypatch.setattr(own_addresses, "examine", lambda: iter([finding]))
    assert codes() == {"address_answers": "error"}
    assert (
        codes(IAMPORT_SITE_URL="https://localhost", ALLOWED_HOSTS=["*"]).keys() & {"address_answers"} == set()
    )


def test_it_asks_the_gateway_twice_and_changes_nothing(iamport_sandbox):
    codes()
    assert iamport_sandbox.calls == ["POST /users/getToken", "POST /users/getToken", "GET /users/pg"]


@pytest.mark.parametrize(
    ("settings", "code", "level"),
    [
        ({"IAMPORT_TEST_MODE": True}, "iamport.E101", "error"),
        ({"IAMPORT_MERCHANT_UID_PREFIX": ""}, "iamport.W103", "warning"),
        ({"DEBUG": True}, "security.W018", "warning"),
        ({"IAMPORT_KEY": None}, "settings", "error"),
        ({"IAMPORT_SECRET": "another"}, "credentials", "error"),
        ({"IAMPORT_CHANNEL_KEY": "channel-key-typo"}, "channel_unknown", "error"),
        ({"IAMPORT_CHANNEL_KEY": None, "IAMPORT_PG": "html5_inicis"}, "channel_unknown", "error"),
        ({"IAMPORT_CHANNELS": {"kakaopay": {"channelKey": "channel-key-typo"}}}, "channel_unknown", "error"),
        ({"IAMPORT_CHANNELS": {"card": {"channelKey": LIVE_KEY, "pg_id": "P2"}}}, "channel_differs", "error"),
        ({"ROOT_URLCONF": "django_iamport.sandbox.root_urls"}, "urls", "error"),
        ({"IAMPORT_SITE_URL": "http://shop.example"}, "webhook_address", "error"),
        ({"IAMPORT_SITE_URL": "https://10.0.0.5"}, "webhook_address", "error"),
        ({"IAMPORT_SITE_URL": "https://localhost"}, "webhook_address", "error"),
        ({"IAMPORT_SITE_URL": "https://shop.local"}, "webhook_address", "error"),
        ({"ALLOWED_HOSTS": ["www.shop.example"]}, "allowed_hosts", "error"),
        ({"SESSION_COOKIE_SAMESITE": "Strict"}, "session_cookie", "error"),
        ({"SESSION_COOKIE_SAMESITE": "None", "SESSION_COOKIE_SECURE": False}, "session_cookie", "warning"),
        ({"SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin"}, "opener_policy", "note"),
        ({"CSRF_TRUSTED_ORIGINS": []}, "csrf_origin", "warning"),
        *(
            (
                {
                    "CACHES": {
                        "default": {"BACKEND": f"django.core.cache.backends.{name}", "LOCATION": "/tmp/x"}
                    }
                },
                "cache",
                "warning",
            )
            for name in ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache")
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_it_finds(iamport_sandbox, channels, settings, code, level):
    assert codes(**settings)[code] == level


PROXY = {
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "IAMPORT_ADDRESS_HEADER": "X-Real-IP",
}


@pytest.mark.on_each_pair
@pytest.mark.parametrize("settings", [PROXY])
def test_a_proxy_that_django_knows_of_needs_no_trusted_origin(iamport_sandbox, channels, settings):
    assert codes(CSRF_TRUSTED_ORIGINS=[], **settings) == {}


def test_a_developers_machine_that_names_no_host_refuses_none_of_its_own(iamport_sandbox, channels):
    mine = {"DEBUG": True, "ALLOWED_HOSTS": [], "IAMPORT_SITE_URL": "http://127.0.0.1:8000"}
    assert "allowed_hosts" not in codes(**mine)
    assert codes(**{**mine, "DEBUG": False})["allowed_hosts"] == "error"


@pytest.mark.parametrize("seconds", [-60, 60])
def test_clocks_that_differ_are_found(iamport_sandbox, channels, monkeypatch, seconds):
    monkeypatch.setattr(Client, "clock_ahead", lambda self: seconds)
    assert codes() == {"clock": "error"}


def test_the_gateways_clock_is_asked(iamport_sandbox, channels):
    iamport_sandbox.tick(minutes=2)
    assert codes() == {"clock": "error"}


def test_a_gateway_that_can_t_be_asked_is_found_and_the_rest_goes_on(iamport_sandbox, channels, monkeypatch):
    def fail(self):
        raise GatewayError

    monkeypatch.setattr(Client, "clock_ahead", fail)
    assert codes(SESSION_COOKIE_SAMESITE="Strict") == {"gateway": "error", "session_cookie": "error"}


def test_an_account_with_test_channels_alone_takes_no_money(iamport_sandbox, channels):
    channels({"channel_key": TEST_KEY, "sandbox": True})
    assert codes(IAMPORT_CHANNEL_KEY=None) == {"no_live_channel": "error"}
    assert codes(IAMPORT_CHANNEL_KEY=TEST_KEY)["channel_is_a_test"] == "error"


def test_a_named_channel_is_looked_for_as_the_settings_name_it(iamport_sandbox, channels):
    live = {"channelKey": LIVE_KEY, "pg_provider": "kicc", "pg_id": "P1"}
    assert codes(IAMPORT_CHANNELS={"card": live, "also": {"pg": "kicc.P1"}}) == {}
    channels({"channel_key": LIVE_KEY}, {"channel_key": TEST_KEY, "sandbox": True})
    found = codes(IAMPORT_CHANNELS={"card": live, "play": {"channelKey": TEST_KEY}})
    assert found["channel_is_a_test"] == "error"


def test_test_channels_beside_live_ones_are_told(iamport_sandbox, channels):
    channels({"channel_key": LIVE_KEY}, {"channel_key": TEST_KEY, "sandbox": True})
    assert codes() == {"test_channels": "note"}


@pytest.mark.parametrize(
    ("pg_provider", "told"),
    [("html5_inicis", True), ("nice_v2", True), ("ksnet", False), ("kakaopay", False)],
)
def test_payment_companies_that_need_an_address_for_deposits_are_told(
    iamport_sandbox, channels, pg_provider, told
):
    channels({"channel_key": LIVE_KEY, "pg_provider": pg_provider})
    assert codes() == ({"deposit_notice": "note"} if told else {})


@pytest.mark.parametrize("hours", [None, 3])
def test_a_sync_that_doesn_t_run_is_found(iamport_sandbox, channels, hours):
    if hours is None:
        SyncCursor.objects.all().delete()
    else:
        SyncCursor.objects.update(position=(timezone.now() - timedelta(hours=hours)).isoformat())
    assert codes() == {"sync": "warning"}


@pytest.mark.on_each_pair
def test_tables_that_can_t_be_read_are_found(iamport_sandbox, channels, monkeypatch):
    def fail(part):
        raise OperationalError("no such table")

    monkeypatch.setattr(live.sync_cursor, "listed_until", fail)
    assert codes() == {"database": "error"}


def check(*arguments):
    out = StringIO()
    try:
        call_command("iamport_check", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


@pytest.mark.on_each_pair
@pytest.mark.parametrize(
    ("levels", "code"),
    [([], 0), (["note"], 0), (["note", "warning"], 3), (["warning", "error"], 4)],
)
def test_the_exit_code_is_that_of_the_worst_finding(monkeypatch, levels, code):
    found = [Finding("a", level, "text", "hint") for level in levels]
    monkeypatch.setattr(live, "examine", lambda: found)
    out, returned = check()
    assert returned == code
    first = f"{levels[0]} a: text\n    hint" if levels else "No problems found.\n"
    assert out.startswith(first)


def test_the_worst_stand_first(iamport_sandbox, channels):
    with override_settings(**{**LIVE, "CSRF_TRUSTED_ORIGINS": [], "SESSION_COOKIE_SAMESITE": "Strict"}):
        levels = [finding.level for finding in live.examine()]
    assert levels == sorted(levels)


@pytest.mark.on_each_pair
def test_json_holds_code_level_text_and_hint(iamport_sandbox, channels):
    with override_settings(**{**LIVE, "SESSION_COOKIE_SAMESITE": "Strict"}):
        told = json.loads(check("--json")[0])
    assert ("session_cookie", "error") in [(each["code"], each["level"]) for each in told]
    assert {key for each in told for key in each} == {"code", "level", "text", "hint"}


@pytest.mark.on_each_pair
def test_it_speaks_korean(iamport_sandbox, channels):
    with override_settings(**{**LIVE, "SESSION_COOKIE_SAMESITE": "Strict"}), translation.override("ko"):
        out, _code = check()
    assert "로그아웃" in out


def test_every_finding_is_told_in_both_guides():
    source = Path(live.__file__).read_text(encoding="utf-8")
    known = set(re.findall(r'Finding\(\s*"(\w+)"', source))
    docs = Path(live.__file__).parents[2] / "docs"
    for page in ("operating.md", "operating.ko.md"):
        text = (docs / page).read_text(encoding="utf-8")
        assert {code for code in known if f"`{code}`" not in text} == set()


def test_no_secret_is_told(iamport_sandbox, channels):
    with override_settings(**{**LIVE, "IAMPORT_KEY": "the-key", "IAMPORT_SECRET": "the-secret"}):
        out, _code = check()
    assert "the-secret" not in out
    assert "the-key" not in out


@pytest.mark.on_each_pair
class TestSyncAge:
    """Whether the comparison with the gateway still runs: one read of the database, for a health check."""

    @pytest.fixture
    def ended(self):
        def ended(exit_code=0, **ago):
            now = timezone.now() - timedelta(**ago)
            SyncRun.objects.create(begun_at=now, ended_at=now, exit_code=exit_code)

        return ended

    @staticmethod
    def ask(*arguments):
        out = StringIO()
        try:
            call_command("iamport_check", "--sync-age", "30", *arguments, stdout=out)
        except CommandError as error:
            return error.returncode, out.getvalue()
        return 0, out.getvalue()

    def test_a_run_that_ended_within_that_time_is_enough_whatever_came_of_it(self, ended, iamport_sandbox):
        ended(minutes=50)
        ended(4, minutes=10)
        SyncRun.objects.create(begun_at=timezone.now())
        code, told = self.ask("--json")
        assert code == 0
        assert json.loads(told)["exit_code"] == 4
        assert 600 <= json.loads(told)["seconds"] < 700
        assert "with 4" in self.ask()[1]
        assert iamport_sandbox.calls == []

    def test_none_that_ended_or_none_lately_is_an_error(self, ended):
        SyncRun.objects.create(begun_at=timezone.now())
        assert self.ask("--json") == (4, '{"seconds": null, "exit_code": null}\n')
        ended(minutes=31)
        assert self.ask()[0] == 4

    @pytest.mark.parametrize("minutes", ["0", "-5", "soon", "99999999999"])
    def test_only_minutes_are_understood(self, minutes):
        with pytest.raises(CommandError, match="not a number of minutes"):
            call_command("iamport_check", "--sync-age", minutes)

    def test_the_query_of_the_page_shows_the_same(self, ended):
        ended(minutes=5)
        query = re.search(r"```sql\n(.*?)```", read("docs/monitoring.md"), re.DOTALL)[1]
        with connection.cursor() as cursor:
            cursor.execute(query)
            assert cursor.fetchone()[0]
