"""The two channels of the account: one live, one for tests."""

from dataclasses import dataclass

from .refusals import NO_CHANNEL, not_opened

LIVE_KEY = "channel-key-00000000-0000-4000-8000-000000000001"
TEST_KEY = "channel-key-00000000-0000-4000-8000-000000000002"


@dataclass(frozen=True)
class Channel:
    """A contract with a PG; payments of a test channel carry `sandbox: true`."""

    key: str
    pg_provider: str
    pg_id: str
    test: bool


LIVE = Channel(LIVE_KEY, "html5_inicis", "sandboxlive", test=False)
TEST = Channel(TEST_KEY, "html5_inicis", "INIpayTest", test=True)
CHANNELS = (LIVE, TEST)


def choose(channel_key: object, pg: object) -> Channel:
    """`channelKey` decides and must be known; an unknown or missing `pg` falls back to the live channel."""
    if channel_key is not None:
        for channel in CHANNELS:
            if channel.key == channel_key:
                return channel
        raise not_opened(NO_CHANNEL)
    for channel in CHANNELS:
        if pg == f"{channel.pg_provider}.{channel.pg_id}":
            return channel
    return LIVE
