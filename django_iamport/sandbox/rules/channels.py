"""The account's channels: for payments one live, one for tests, those of wallets; and those of other services."""

from dataclasses import dataclass

from .refusals import NO_MERCHANT, Refusal

LIVE_KEY = "channel-key-00000000-0000-4000-8000-000000000001"
TEST_KEY = "channel-key-00000000-0000-4000-8000-000000000002"
CERTIFICATION_KEY = "channel-key-00000000-0000-4000-8000-000000000003"
CVS_KEY = "channel-key-00000000-0000-4000-8000-000000000004"


@dataclass(frozen=True)
class Channel:
    """A contract with a PG; payments of a test channel carry `sandbox: true`."""

    key: str
    pg_provider: str
    pg_id: str
    test: bool
    name: str
    type: str = "payment"


LIVE = Channel(LIVE_KEY, "html5_inicis", "sandboxlive", test=False, name="연습 실연동")
TEST = Channel(TEST_KEY, "html5_inicis", "INIpayTest", test=True, name="연습 테스트")
CERTIFICATION = Channel(
    CERTIFICATION_KEY, "danal", "sandboxcert", test=False, name="연습 본인인증", type="certification"
)
CVS = Channel(CVS_KEY, "galaxia", "sandboxcvs", test=False, name="연습 편의점결제", type="api_payment")
WALLETS = tuple(
    Channel(f"channel-key-00000000-0000-4000-8000-{number:012d}", pg, f"sandbox{pg}", test=False, name=name)
    for number, (pg, name) in enumerate(
        (("naverpay", "연습 네이버페이"), ("naverco", "연습 네이버페이 주문형"), ("payco", "연습 페이코")),
        start=5,
    )
)
PAYMENT = (LIVE, TEST, *WALLETS)
CHANNELS = (*PAYMENT, CERTIFICATION, CVS)


def choose(channel_key: object, pg: object) -> Channel:
    """`channelKey` decides and must be known; an unknown or missing `pg` falls back to the live channel.

    Raises LookupError where no channel has that key.
    """
    if channel_key is not None:
        for channel in PAYMENT:
            if channel.key == channel_key:
                return channel
        raise LookupError(channel_key)
    for channel in PAYMENT:
        if pg in (channel.pg_provider, f"{channel.pg_provider}.{channel.pg_id}"):
            return channel
    return LIVE


def of_request(channel_key: str | None, pg: str | None = None) -> Channel:
    """The channel that a REST request names; an unknown key is refused."""
    try:
        return choose(channel_key, pg)
    except LookupError:
        raise Refusal(-1, NO_MERCHANT) from None


def of_pg_id(pg_id: str) -> Channel:
    return next(channel for channel in CHANNELS if channel.pg_id == pg_id)


def require(channel: Channel, channel_key: str) -> Channel:
    """The channel of a service that only one of them offers."""
    if channel_key != channel.key:
        raise Refusal(-1, NO_MERCHANT, 400)
    return channel


def settings() -> list[dict[str, str | bool]]:
    """As the account's list of PG settings shows them."""
    return [
        {
            "pg_provider": channel.pg_provider,
            "pg_id": channel.pg_id,
            "sandbox": channel.test,
            "type": channel.type,
            "channel_name": channel.name,
            "channel_key": channel.key,
        }
        for channel in CHANNELS
    ]
