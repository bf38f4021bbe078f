"""All channels of an account: which of them a window or a request means."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from ..refusals import NO_MERCHANT, Refusal
from .channel import PAYMENT, Channel

MOST = 100


class Catalog:
    """The channels of an account; the first for payments is the default one."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        """Raises ValueError for two of one key, for too many, and where there is none for payments."""
        self.channels = tuple(channels)
        keys = [channel.key for channel in self.channels]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"channelKey: {twice} is that of two channels")
        if len(keys) > MOST:
            raise ValueError(f"an account has at most {MOST} channels")
        if not self._of_type(PAYMENT):
            raise ValueError("an account has at least one channel of the type payment")

    def __iter__(self) -> Iterator[Channel]:
        return iter(self.channels)

    @property
    def default(self) -> Channel:
        return self._of_type(PAYMENT)[0]

    def choose(
        self,
        channel_key: object,
        pg: object = None,
        pay_method: str | None = None,
        *,
        group_id: object = None,
        type_: str = PAYMENT,
        spread: str = "",
    ) -> Channel:
        """A key or a group decides and must be known; `pg` is a code, or code and MID.

        An unknown MID means another channel of the same PG, an unknown or missing `pg` the default channel, or
        the first one that offers `pay_method` where that one doesn't. Of several, one that offers it is
        taken; of those of a group always the same one for the same `spread`.
        Raises LookupError where no channel has that key or is in that group.
        """
        found = self._named(channel_key, group_id, type_)
        if found is None:
            found = self._of_pg(pg, type_) or self._usual(pay_method, type_)
        if not found:
            raise LookupError(channel_key or group_id or type_)
        offering = [channel for channel in found if channel.offers(pay_method)] or found
        if group_id is None:
            return offering[0]
        return offering[hashlib.sha256(spread.encode()).digest()[0] % len(offering)]

    def of_request(
        self, channel_key: str | None, pg: str | None = None, group_id: str | None = None
    ) -> Channel:
        """The channel that a REST request names; an unknown key is refused."""
        try:
            return self.choose(channel_key, pg, group_id=group_id)
        except LookupError:
            raise Refusal(-1, NO_MERCHANT) from None

    def of_key(self, key: object) -> Channel | None:
        return next((channel for channel in self.channels if channel.key == key), None)

    def require(self, channel_key: str, type_: str) -> Channel:
        """The channel of a service that only some of them offer."""
        channel = self.of_key(channel_key)
        if channel is None or channel.type != type_:
            raise Refusal(-1, NO_MERCHANT, 400)
        return channel

    def usual(self, type_: str) -> Channel:
        """The first one of a service, where the request names none."""
        try:
            return self.choose(None, type_=type_)
        except LookupError:
            raise Refusal(-1, NO_MERCHANT, 400) from None

    def settings(self) -> list[dict[str, str | bool]]:
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
            for channel in self.channels
        ]

    def ways(self) -> list[dict[str, Any]]:
        """What `iamport.js` must know in the moment of a click: where each channel's window opens."""
        return [
            {
                "key": channel.key,
                "pg": channel.pg_provider,
                "mid": channel.pg_id,
                "group": channel.group_id,
                "methods": channel.pay_methods,
                "is_wallet": channel.provider.is_wallet,
                "pc": channel.provider.desk,
                "mobile": channel.provider.phone,
            }
            for channel in self._of_type(PAYMENT)
        ]

    def as_dicts(self) -> list[dict[str, Any]]:
        return [channel.as_dict() for channel in self.channels]

    def _named(self, channel_key: object, group_id: object, type_: str) -> list[Channel] | None:
        """None where neither is given."""
        if channel_key is None and group_id is None:
            return None
        return [
            channel
            for channel in self._of_type(type_)
            if (channel.key == channel_key if channel_key is not None else channel.group_id == group_id)
        ]

    def _of_pg(self, pg: object, type_: str) -> list[Channel]:
        provider, _, mid = str(pg).partition(".")
        of_provider = [each for each in self._of_type(type_) if each.pg_provider == provider]
        return [each for each in of_provider if each.pg_id == mid] or of_provider

    def _usual(self, pay_method: str | None, type_: str) -> list[Channel]:
        channels = self._of_type(type_)
        if not channels or channels[0].offers(pay_method):
            return channels[:1]
        return [each for each in channels if pay_method in each.pay_methods] or channels[:1]

    def _of_type(self, type_: str) -> list[Channel]:
        return [channel for channel in self.channels if channel.type == type_]
