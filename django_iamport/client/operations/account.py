"""The account itself: its channels and its sub-merchants."""

from __future__ import annotations

from dataclasses import dataclass

from django_iamport.client.http.answer import Answer, reader, rows_of
from django_iamport.client.http.operation import Group, Operation, Options
from django_iamport.client.http.unpack import Unpack


@dataclass(frozen=True, slots=True, repr=False)
class Channel(Answer):
    """A contract with a payment company, as the console has it. `sandbox` is True for a test channel."""

    repr_fields = ("channel_name", "pg_provider", "pg_id", "type", "sandbox")
    pg_provider: str
    pg_id: str | None
    sandbox: bool | None
    type: str | None
    channel_name: str | None
    channel_key: str | None


@dataclass(frozen=True, slots=True, repr=False)
class Tier(Answer):
    """A sub-merchant."""

    repr_fields = ("tier_code", "tier_name")
    tier_code: str
    tier_name: str | None


CHANNELS = Operation("users.channels", "GET", "/users/pg", rows_of(reader(Channel)))
FIND_TIER = Operation("tiers.find", "GET", "/tiers/{tier_code}", reader(Tier))


class Users(Group):
    def channels(self, **options: Unpack[Options]) -> tuple[Channel, ...]:
        """All channels that are set up in the console. Raises GatewayError."""
        return self._call(CHANNELS, locals())


class Tiers(Group):
    def find(self, tier_code: str, **options: Unpack[Options]) -> Tier:
        """The sub-merchant under a code of three letters or digits. Raises NotFound, or another GatewayError."""
        return self._call(FIND_TIER, locals())
