import pytest

from django_iamport.sandbox.rules import Refusal
from django_iamport.sandbox.rules.channels import (
    CERTIFICATION,
    CERTIFICATION_KEY,
    DEFAULTS,
    LIVE_KEY,
    TEST_KEY,
    Catalog,
    Channel,
)
from django_iamport.sandbox.rules.channels.providers import PAY_METHODS, PROVIDERS, WALLETS


def channel(key: str, pg: str = "kcp", mid: str = "A52CY", **others: object) -> Channel:
    return Channel(key, pg, mid, test=False, name=key, pay_methods=("card",), **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "pg", "pay_method", "chosen"),
    [
        (None, None, None, "html5_inicis.sandboxlive"),
        (LIVE_KEY, "kakaopay", None, "html5_inicis.sandboxlive"),
        (TEST_KEY, None, None, "html5_inicis.INIpayTest"),
        (None, "html5_inicis.INIpayTest", None, "html5_inicis.INIpayTest"),
        (None, "kakaopay", "card", "kakaopay.sandboxkakao"),
        (None, "kakaopay.TC0ONETIME", None, "kakaopay.TC0ONETIME"),
        (None, "kakaopay.OURMID", None, "kakaopay.sandboxkakao"),
        (None, "danal", "phone", "danal.sandboxphone"),
        (None, "nobody", "card", "html5_inicis.sandboxlive"),
        (None, 5, "card", "html5_inicis.sandboxlive"),
        (None, None, "alipay_plus", "eximbay.sandboxeximbay"),
        (None, None, "wrong", "html5_inicis.sandboxlive"),
    ],
)
def test_key_pg_and_pay_method_choose(
    key: str | None, pg: object, pay_method: str | None, chosen: str
) -> None:
    found = Catalog(DEFAULTS).choose(key, pg, pay_method)
    assert f"{found.pg_provider}.{found.pg_id}" == chosen


@pytest.mark.parametrize("key", ["channel-key-unknown", CERTIFICATION_KEY, 5, ["channel-key"]])
def test_a_key_that_no_channel_for_payments_has_is_unknown(key: object) -> None:
    with pytest.raises(LookupError):
        Catalog(DEFAULTS).choose(key)


def test_several_channels_of_one_pg_differ_by_what_they_take() -> None:
    first = channel("cards")
    second = Channel("phones", "kcp", "B52CY", test=False, name="", pay_methods=("phone",))
    assert Catalog([first, second]).choose(None, "kcp", "phone") == second
    assert Catalog([first, second]).choose(None, "kcp", "vbank") == first


def test_a_group_spreads_payments_over_its_channels_and_keeps_each_where_it_is() -> None:
    catalog = Catalog([channel("apart"), channel("a", group_id="g"), channel("b", group_id="g")])
    keys = [catalog.choose(None, group_id="g", spread=f"order{number}").key for number in range(30)]
    assert set(keys) == {"a", "b"}
    assert keys == [catalog.choose(None, group_id="g", spread=f"order{number}").key for number in range(30)]
    with pytest.raises(LookupError):
        catalog.choose(None, group_id="unknown")


def test_identities_have_channels_of_their_own() -> None:
    catalog = Catalog(DEFAULTS)
    assert catalog.choose(None, "inicis_unified.MID", type_=CERTIFICATION).pg_provider == "inicis_unified"
    assert catalog.choose(None, "nobody", type_=CERTIFICATION).key == CERTIFICATION_KEY
    with pytest.raises(LookupError):
        catalog.choose(LIVE_KEY, type_=CERTIFICATION)
    with pytest.raises(Refusal):
        catalog.require(LIVE_KEY, CERTIFICATION)


@pytest.mark.parametrize(
    ("channels", "says"),
    [
        ([], "at least one channel of the type payment"),
        ([channel("c", type=CERTIFICATION)], "at least one channel of the type payment"),
        ([channel("a"), channel("a", mid="B")], "a is that of two channels"),
        ([channel(str(number)) for number in range(101)], "at most 100"),
    ],
)
def test_what_no_account_has_is_refused(channels: list[Channel], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Catalog(channels)


def test_the_usual_shop_has_them_all() -> None:
    wanted = {"html5_inicis", "kcp", "nice", "tosspayments", "kakaopay", "naverpay", "payco", "naverco"}
    wanted |= {"tosspay", "tosspay_v2", "paypal", "paypal_v2", "danal"}
    assert wanted <= {channel.pg_provider for channel in DEFAULTS}
    assert len({channel.key for channel in DEFAULTS}) == len(DEFAULTS)
    assert all(channel.rules.currencies for channel in DEFAULTS)


def test_what_companies_take_has_names() -> None:
    offered = {method for provider in PROVIDERS.values() for method in provider.pay_methods}
    assert offered <= set(PAY_METHODS)
    assert set(WALLETS) <= set(PAY_METHODS)
